"""Records of runs: everything that happened in one SQLite file, to be watched, rewound, continued.

The training process writes (`recorder.Recorder` decides what and when, `store.Store` writes); the
window, a notebook or a script reads, also while training goes on. Files lie in `run_folder()`.

    from core.record.reader import RunFile, list_runs

    with RunFile(path) as film:          # read-only; RecordError is a sentence for a person
        film.about                       # RunInfo: run_id, chapter, seed, started, knobs, layout,
                                         #   classes, sample, parent (Parent: run_id, file, step)
        film.refresh()                   # take in what was written meanwhile; True if anything was
        film.curves()                    # {"step", "epoch", "samples", "loss", "accuracy", "lr",
                                         #   "gradient", "seconds"}: float64 (N,), N grows
        film.moments                     # int64 (S,): the steps there are snapshots of, ascending
        film.seek(step)                  # Snapshot(step, theta): the nearest one, θ float32 (P,);
                                         #   about.layout.views(theta) gives the parameters by name
        film.evaluations()               # {"step", "epoch", "loss", "accuracy", "seconds"} (E,)
        film.evaluation(step)            # RecordedEvaluation at or before step, with confusion
                                         #   (C, C), guesses and confidence of about.sample; or None
        film.events()                    # [RunEvent(step, kind, text)]; kinds: schema.EVENT_KINDS
        film.knob_changes()              # [KnobChange(step, key, value)]
        film.knobs_at(step)              # {key: value} with which mini-batch `step` was trained
        film.traces("3.weight")          # WeightTraces: steps (T,), places (K,), values (T, K)
        film.layers()                    # LayerStats: steps (T,), names (L), norms of weights,
                                         #   gradients, updates (T, L), histograms (T, L, B)
        film.pages()                     # [RecordedPage(number, step, key, images (N, 28, 28))]
        film.page_reading(key, step)     # PageReading: step, number, probabilities (N, C); or None
        film.lacks                       # a sentence where the file is of an older version, or ""
        film.last_step                   # the newest mini-batch in the file
        film.checkpoints                 # int64: from where a fork need not replay

All files together take at most `retention.MOST_BYTES` before a new run begins: deleted runs go
first, then the oldest. Runs with a tag or a note stay, and those that `use_lock` knows to be
recorded or open; a sentence says what went. `trash.delete_run(path)` moves a run to the bin and
`trash.restore_run(path)` brings it back. Tags and notes are in a `library.Catalog`, an `Annotation`
by run_id.

The training process reads the open page with each snapshot once `say.SetPage` sent its glyphs.

    list_runs()                          # [RecordSummary], newest first; damaged: its .problem

A RunFile belongs to the thread that opened it. The training process begins a fork with
`say.Start(run_id, chapter, board, Origin(record=str(path), step=step))`: it restores the last
checkpoint at or before the step, trains again up to it (`say.ReplayProgress` reports how far), and
goes on with the knobs on the board, into a file of its own whose `about.parent` names this one.
`say.RecordingStarted` names that file, once, before the first mini-batch is trained.
"""
