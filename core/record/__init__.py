"""A run is a film: everything that happened in one SQLite file, to be watched, rewound, continued.

The training process writes (`recorder.Recorder` decides what and when, `store.Store` writes); the
window, a notebook or a script reads, also while training goes on. Files lie in `run_folder()`.

    from core.record.reader import RunFile, list_runs

    with RunFile(path) as film:          # read-only; RecordError is a sentence for a person
        film.about                       # About: run_id, chapter, seed, started, knobs, layout,
                                         #   classes, sample, parent (Parent: run_id, file, step)
        film.refresh()                   # take in what was written meanwhile; True if anything was
        film.curves()                    # {"step", "epoch", "samples", "loss", "accuracy", "lr",
                                         #   "gradient", "seconds"}: float64 (N,), N grows
        film.moments                     # int64 (S,): the steps there are snapshots of, ascending
        film.seek(step)                  # Snapshot(step, theta): the nearest one, θ float32 (P,);
                                         #   about.layout.views(theta) gives the parameters by name
        film.evaluations()               # {"step", "epoch", "loss", "accuracy", "seconds"} (E,)
        film.evaluation(step)            # Look: the last one at or before step, with confusion
                                         #   (C, C), guesses and confidence of about.sample; or None
        film.events()                    # [Event(step, kind, text)]; kinds: schema.EVENT_KINDS
        film.knob_changes()              # [KnobChange(step, key, value)]
        film.knobs_at(step)              # {key: value} with which mini-batch `step` was trained
        film.traces("3.weight")          # Trace: steps (T,), places (K,), values, gradients (T, K)
        film.layers()                    # Layers: steps (T,), names (L), norms of weights,
                                         #   gradients, updates (T, L), histograms (T, L, B)
        film.pages()                     # [Page(number, step, key, images (N, 28, 28))]
        film.page_reading(key, step)     # PageReading: step, number, probabilities (N, C); or None
        film.lacks                       # a sentence where the file is of an older version, or ""
        film.last_step                   # the newest mini-batch in the file
        film.checkpoints                 # int64: from where a fork need not replay

All files together take at most `keeping.MOST_BYTES` before a new run begins; those that were
deleted go first, then the oldest. What somebody tagged or noted stays, and what is recorded or open
anywhere, which `using` knows; what went is said. `trash.delete(path)` puts a run aside,
`trash.restore(path)` brings it back; what a person says of runs is in a `catalog.Catalog`, a
`Remark` by run_id.

The training process reads the open page with each snapshot once `say.WatchPage` showed it glyphs.

    list_runs()                          # [Summary] newest first; of a damaged file: its .problem

A RunFile belongs to the thread that opened it. A fork is begun by the training process:
`say.Start(run_id, chapter, board, Origin(record=str(path), step=step))`; it restores the last
checkpoint at or before the step, trains again up to it (`say.Replaying` reports progress), and goes
on with the knobs on the board, into a file of its own whose `about.parent` names this one. Where a
run is recorded is said by `say.Recording`, once, when its first mini-batch is about to be trained.
"""
