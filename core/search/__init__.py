"""Many runs at once, in processes of their own: races between settings, and searches.

No Qt, and nothing here blocks: `start`, then `poll` from a timer until `running` is False. The
processes wait when they are not polled for long. They stop when their owner is gone, and one that
dies ends only its own run. Every run is recorded and can be opened while it grows or afterwards.

    from core.search.race import Race
    from core.search.messages import RunOptions

    race = Race(                         # LabError for a knob, value or seed that there is not
        "digits",
        [{"lr": 0.1}, {"lr": 1.0}],      # settings: values as on the knobs (choices: their index)
        seeds=[1, 2, 3],                 # None: once each, with the seed on the knob
        base={"batch_size": 32.0},       # what all settings share; the rest is at its default
        options=RunOptions(steps=500),   # at most; None: to the chapter's goal. record=, folder=
        workers=2,                       # processes, each on one core; None: one a core
    )
    race.start()                         # returns at once
    for event in race.poll():            # core.search.messages: RunStarted, StepsTrained,
        ...                              #   RunValidated, RunEnded (each has .number), and last
                                         #   Finished; RecordingStarted, WarningRaised (.run_id)
    race.runs[event.number]              # RunStatus: setting, values, state, step, record, problem,
                                         #   curve and tested (Tables: step, loss, accuracy)
    race.summaries()                     # [SettingSummary]: MeanCurves (steps, mean, spread,
                                         #   count) over its seeds, final_accuracy, final_loss
    race.cancel()                        # all stop within a second; poll on until Finished
    race.close()                         # end every process now, as when the window closes

The same setting with the same seed gives the same curve to the last bit, alone or in a race.

    from core.search.study import Study
    from core.search.search_space import SearchDimension, parse_dimension

    knobs = chapter("digits").defaults()
    search = Study(                      # LabError for what cannot be carried out
        "digits",
        [SearchDimension.between(knobs.knobs["lr"], 0.001, 1),     # on the knob's own scale
         SearchDimension.among(knobs.knobs["batch_size"], [16, 32]),  # or parse_dimension(…)
        ],
        "first",                         # its name: the same name goes on where it was left
        method="tpe",                    # or "random", "grid"; goal="loss" or "accuracy"
        pruning="median",                # or "halving", "none": hopeless runs stop early
        trials=20,                       # of all who take part together; None: the grid, or 20
        base=..., options=..., workers=..., # as in a race; folder= for a study shared by machines
    )
    search.start(), search.poll(), search.running, search.cancel(), search.close()   # as in a race
    search.trials                        # (Trial, …): number, values of the varied knobs, state,
                                         #   loss, accuracy, step, record, machine, problem; those
                                         #   of others too. A StudyUpdated event says they changed
    search.best                          # the Trial with the best end, or None
    search.runs[event.number]            # RunStatus with curves, of those trained here and now
    search.problem                       # a sentence where the study's file cannot be used; the
                                         #   Finished event has it too
"""
