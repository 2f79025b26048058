"""Records of runs: everything that happened in one SQLite file, to be watched, rewound, continued.

The training process writes (`recorder.Recorder` decides what and when, `store.Store` writes); the
window, a notebook or a script reads, also while training goes on. Files lie in `run_folder()`.

    from core.record.reader import RunFile, list_runs

    list_runs()                          # [RecordSummary], newest first; damaged: its .problem
    with RunFile(path) as film:          # read-only; RecordError is a sentence for a person
        film.refresh()                   # take in what was written meanwhile; True if anything was
        film.curves()["loss"]            # of every mini-batch, float64 (N,)
        film.seek(step).theta            # the nearest snapshot, θ float32 (P,);
                                         #   about.layout.views(theta) gives the parameters by name

All files together take at most `retention.MOST_BYTES` before a new run begins. A fork, begun with
`protocol.Start(…, Origin(record, step))`, restores the last checkpoint at or before the step,
trains again up to it, and goes on into a file of its own whose `about.parent` names this one.
"""
