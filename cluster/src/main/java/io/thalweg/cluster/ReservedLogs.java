package io.thalweg.cluster;

import io.thalweg.model.LogId;

/** The logs that the platform keeps in each tenant; created with it. */
public record ReservedLogs(LogId audit, LogId components, LogId deadLetters) {
    public static final String AUDIT_NAME = "$audit";
    public static final String COMPONENTS_NAME = "$components";
    public static final String DEAD_LETTERS_NAME = "$dead-letters";

    /** How many there are. */
    static final int COUNT = 3;
}
