package io.thalweg.directory.command;

import io.thalweg.directory.Usage;
import io.thalweg.directory.command.DirectoryCommand.ReportUsage;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a process measured of a tenant's use and the directory is not known to have, and how it is reported so that nothing counts twice, whoever
 * dies over it. Each report goes in a session under a number of its own. One that may have been taken goes again as it was, under its
 * number, before anything else does. What was measured and not reported is lost with the process, never more. One thread at a time, but for {@link #dataOut}.
 */
public final class UsageTally {
    private static final ReportUsage NOTHING = new ReportUsage(0, 0, 0);

    /** A report, to be sent as it is. */
    public record Report(UUID session, long number, ReportUsage usage) {}

    /** What becomes of a report that was not answered with its being taken. */
    public enum Next {
        /** It may have been taken, or may be taken later: it goes again as it is. */
        AGAIN,
        /** It was not taken: what it says goes with the next one. */
        ANEW,
        /** Nobody will ever know whether it was taken, and so it does not go again. */
        GIVEN_UP
    }

    private final Supplier<UUID> sessions;
    private final LongAdder dataOutBytes = new LongAdder();
    private double storageKibSeconds;
    private long computeNs;

    /** A session is one tenant's, and its numbers begin at 1. */
    private UUID session;

    private long number;

    /** What goes under the newest number, until it is known what became of it. */
    private @Nullable Report report;

    /** Whether it was given out to be sent, and nothing was heard of that. */
    private boolean sent;

    /** Whether some sending of it may have been taken. */
    private boolean doubtful;

    /** @param sessions makes names of sessions that nobody else has */
    public UsageTally(Supplier<UUID> sessions) {
        this.sessions = sessions;
        session = sessions.get();
    }

    /** Counts bytes that left in answers and reads; any thread. */
    public void dataOut(long bytes) {
        dataOutBytes.add(bytes);
    }

    /** Counts what was kept for a while. */
    public void stored(double kibSeconds) {
        storageKibSeconds += kibSeconds;
    }

    /** Counts time in views' code. */
    public void computed(long ns) {
        computeNs += ns;
    }

    /** What the directory has and what is counted here, together. */
    public Usage with(Usage reported) {
        return reported.plus((long) storageKibSeconds, computeNs, dataOutBytes.sum());
    }

    /** The report to send now; empty when there is nothing to say. The one before comes again unless it was {@link #taken}, or {@link #failed} for good. */
    public Optional<Report> next() {
        doubtful |= sent;
        if (report == null) {
            ReportUsage usage = new ReportUsage((long) storageKibSeconds, computeNs, dataOutBytes.sum());
            if (usage.equals(NOTHING)) {
                return Optional.empty();
            }
            report = new Report(session, ++number, usage);
        }
        sent = true;
        return Optional.of(report);
    }

    /** The report was answered: it counts. */
    public void taken() {
        if (report != null) {
            storageKibSeconds -= report.usage().storageKibSeconds();
            computeNs -= report.usage().computeNs();
            dataOutBytes.add(-report.usage().dataOutBytes());
        }
        end();
    }

    private void end() {
        report = null;
        sent = false;
        doubtful = false;
    }

    /** The report was refused, or nobody knows. */
    public Next failed(RuntimeException why) {
        sent = false;
        ErrorCode code = why instanceof ThalwegException refusal ? refusal.code() : ErrorCode.INTERNAL;
        if (code.kind() == ErrorCode.Kind.UNAVAILABLE) {
            // The others of this kind say that nothing came of it.
            doubtful |= code == ErrorCode.UNAVAILABLE;
            return Next.AGAIN;
        }
        boolean unknown = code == ErrorCode.SESSION_EVICTED && doubtful;
        if (unknown) {
            taken();
        }
        session = sessions.get();
        number = 0;
        end();
        return unknown ? Next.GIVEN_UP : Next.ANEW;
    }
}
