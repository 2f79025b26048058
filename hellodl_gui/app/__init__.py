"""The frame: window, actions, docks, keyboard, messages, help."""
