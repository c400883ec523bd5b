package io.thalweg.directory;

import io.thalweg.model.LogId;
import java.util.List;

/** The logs that the platform keeps in each tenant; created with it. */
public record ReservedLogs(LogId audit, LogId components, LogId deadLetters) {
    public static final String AUDIT_NAME = "$audit";
    public static final String COMPONENTS_NAME = "$components";
    public static final String DEAD_LETTERS_NAME = "$dead-letters";

    /** How many there are. */
    public static final int COUNT = 3;

    /** Whether a log is one of these. */
    public boolean has(LogId log) {
        return log.equals(audit) || log.equals(components) || log.equals(deadLetters);
    }

    /** These logs as they are in a new tenant. */
    public List<Log> toLogs(long createdNs) {
        return List.of(
                log(audit, AUDIT_NAME, createdNs),
                log(components, COMPONENTS_NAME, createdNs),
                log(deadLetters, DEAD_LETTERS_NAME, createdNs));
    }

    private static Log log(LogId id, String name, long createdNs) {
        return new Log(id, name, 1, Bounds.DIRECTORY_SHARD, Retention.FOREVER, createdNs);
    }
}
