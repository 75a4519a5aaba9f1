"""A pipeline written as a function: its calls of tasks, noted without running any of them.

    function ──► calls of tasks, with handles for what they will make ──► tasks with nothing left open

A handle stands for rows that are not there yet. What a signature leaves open (`df: pl.LazyFrame`, no annotation at all) is
settled by the handle that is passed; datasets that no one named get the name of their task.
"""
