package io.thalweg.directory;

import io.thalweg.model.LogId;

/** What a view is called: unique in its tenant. */
record ViewName(LogId log, String name) implements Comparable<ViewName> {
    static ViewName of(View view) {
        return new ViewName(view.log(), view.name());
    }

    @Override
    public int compareTo(ViewName other) {
        int order = log.compareTo(other.log);
        return order != 0 ? order : name.compareTo(other.name);
    }
}
