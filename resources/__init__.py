"""Files shipped with the lab: data, weights, pages, texts, icons."""
