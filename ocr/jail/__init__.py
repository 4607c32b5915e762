"""The jail of the decoder: a warm process that forks one walled-in child for each document.

`layers` names what the walls are made of, `kernel`, `landlock` and `filter` build them, `zygote` is the warm process,
`nursery` is the trusted side's hold on it. Why so: docs/decisions/0014-the-decoder-jail.md.
"""
