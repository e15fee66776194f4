"""How do people say what they want? Goals in, free wordings out, to learn from.

goals.draw_goal(rng)                   a Goal that makes sense, without a house
phrases.reword(goal, rng)              what somebody might type who means it
handwritten.vary(text, meaning, rng)   a handwritten wording, of other things
"""
