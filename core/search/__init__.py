"""Many runs at once, in processes of their own: races between settings, and searches.

No Qt, and nothing here blocks: `start`, then `poll` from a timer until `running` is False. The
processes wait when they are not polled for long. They stop when their owner is gone, and one that
dies ends only its own run. Every run is recorded and can be opened while it grows or afterwards.
The same setting with the same seed gives the same curve to the last bit, alone or in a race.

    race = Race("digits", [{"lr": 0.1}, {"lr": 1.0}], seeds=[1, 2], options=RunOptions(steps=500))
    race.start()                         # returns at once
    race.poll()                          # events of core.search.messages, the last one Finished
    race.runs, race.summaries()          # a RunStatus a run, a SettingSummary a setting
    race.cancel()                        # all stop within a second; poll on until Finished
    race.close()                         # end every process now, as when the window closes

    plan = StudyPlan("digits", [parse_dimension(knobs, "lr=0.001..1")], "first", trials=20)
    search = Study(plan, workers=2)      # start, poll, running, cancel, close as in a race
    search.trials, search.best           # of all who take part; a StudyUpdated says they changed
    search.runs, search.problem          # those trained here; why the study's file cannot be used
"""
