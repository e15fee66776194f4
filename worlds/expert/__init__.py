"""What would an expert do, and can a task be done at all?

Read from the top: `planning` runs over worlds, `experts` decides among others, `plans` for one agent alone. Below it
lie `going`, `fixtures` and `placing` (how each verb is brought about), `getting` and `putting` (things in the hand, and
out of it), `clauses` (what is left to do), `paths` and `maps`. `courtesy` makes way, `belief` is what an agent of
limited knowledge plans in, `solvable` the proof.
"""
