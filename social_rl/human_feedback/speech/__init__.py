"""How do people say what they want? Goals in, free wordings out, to learn from.

goals.draw_goal(rng)                   a Goal that makes sense, without a house
phrases.reword(goal, rng)              what somebody might type who means it
requests.unclear(rng)                  what one must ask back about
requests.impossible(rng)               what nobody in these houses can do
handwritten.vary(text, meaning, rng)   a handwritten wording, of other things
"""
