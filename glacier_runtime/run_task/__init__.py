"""Running one task anywhere: `python -m glacier_runtime.run_task`, or as a function of a cloud.

A task is found through the frozen plan that was shipped with the code, reads its inputs from storage and publishes its
outputs there. What starts it needs no Glacier, and nothing but names passes between two tasks.
"""
