package io.thalweg.directory;

import io.thalweg.directory.TenantLimits.RateLimit;
import io.thalweg.directory.ViewSettings.ErrorPolicy;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ContentHash;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The binary form of the values that both commands and snapshots hold; changing one changes the version of both formats. */
public final class Parts {
    private Parts() {}

    public static String text(BinaryReader in, int maxBytes) {
        int before = in.remaining();
        String text = in.text();
        int bytes = before - in.remaining() - Integer.BYTES;
        if (bytes > maxBytes) {
            throw new MalformedException("text has " + bytes + " bytes; the limit is " + maxBytes);
        }
        return text;
    }

    public static void write(TenantLimits limits, BinaryWriter out) {
        RateLimit rate = limits.rate();
        out.bool(rate != null);
        if (rate != null) {
            out.i32(rate.refillPerSecond()).i32(rate.burst()).i32(rate.capacity());
        }
        out.i64(limits.storageBytes()).i32(limits.maxLogs()).i32(limits.maxViews());
    }

    public static TenantLimits readLimits(BinaryReader in) {
        RateLimit rate = in.bool() ? new RateLimit(in.i32(), in.i32(), in.i32()) : null;
        return new TenantLimits(rate, in.i64(), in.i32(), in.i32());
    }

    public static void write(ReservedLogs reserved, BinaryWriter out) {
        out.uuid(reserved.audit().value())
                .uuid(reserved.components().value())
                .uuid(reserved.deadLetters().value());
    }

    public static ReservedLogs readReserved(BinaryReader in) {
        return new ReservedLogs(new LogId(in.uuid()), new LogId(in.uuid()), new LogId(in.uuid()));
    }

    public static void write(Retention retention, BinaryWriter out) {
        out.i64(retention.maxAgeSeconds()).i64(retention.maxBytes());
    }

    public static Retention readRetention(BinaryReader in) {
        return new Retention(in.i64(), in.i64());
    }

    public static void writeLogs(@Nullable List<LogId> logs, BinaryWriter out) {
        out.bool(logs != null);
        if (logs != null) {
            out.i32(logs.size());
            logs.forEach(log -> out.uuid(log.value()));
        }
    }

    public static @Nullable List<LogId> readLogs(BinaryReader in) {
        if (!in.bool()) {
            return null;
        }
        int count = in.count(16);
        if (count > Bounds.MAX_KEY_LOGS) {
            throw new MalformedException("key names " + count + " logs; the limit is " + Bounds.MAX_KEY_LOGS);
        }
        List<LogId> logs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            logs.add(new LogId(in.uuid()));
        }
        return logs;
    }

    /** Names, or null for none said. */
    public static void writeNames(@Nullable List<String> names, BinaryWriter out) {
        out.bool(names != null);
        if (names != null) {
            out.i32(names.size());
            names.forEach(out::text);
        }
    }

    /** What {@link #writeNames} wrote, {@code max} of them at most. */
    public static @Nullable List<String> readNames(BinaryReader in, int max) {
        if (!in.bool()) {
            return null;
        }
        int count = in.count(Short.BYTES);
        if (count > max) {
            throw new MalformedException(count + " names; the limit is " + max);
        }
        List<String> names = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            names.add(text(in, Bounds.MAX_TEXT_BYTES));
        }
        return names;
    }

    public static void writeLedgers(@Nullable List<LedgerId> ledgers, BinaryWriter out) {
        out.bool(ledgers != null);
        if (ledgers != null) {
            out.i32(ledgers.size());
            ledgers.forEach(ledger -> out.uuid(ledger.value()));
        }
    }

    public static @Nullable List<LedgerId> readLedgers(BinaryReader in) {
        if (!in.bool()) {
            return null;
        }
        int count = in.count(16);
        if (count > Bounds.MAX_LEDGERS) {
            throw new MalformedException("key names " + count + " ledgers; the limit is " + Bounds.MAX_LEDGERS);
        }
        List<LedgerId> ledgers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ledgers.add(new LedgerId(in.uuid()));
        }
        return ledgers;
    }

    public static void write(ViewCode code, BinaryWriter out) {
        code.digest().write(out);
        out.i64(code.sizeBytes())
                .i64(code.firstChunk())
                .i32(code.chunks())
                .text(code.world())
                .i32(code.stubs().size());
        code.stubs().forEach(out::text);
        out.i64(code.startSequence());
        ViewSettings settings = code.settings();
        out.i64(settings.maxMemoryBytes())
                .i32(settings.maxEventMs())
                .i32(settings.maxResultBytes())
                .i64(settings.snapshotEvents())
                .i64(settings.snapshotSeconds())
                .i64(settings.snapshotBytes())
                .u8(settings.onError().number());
    }

    public static ViewCode readCode(BinaryReader in) {
        ContentHash digest = ContentHash.read(in);
        long sizeBytes = in.i64();
        long firstChunk = in.i64();
        int chunks = in.i32();
        String world = text(in, Bounds.MAX_TEXT_BYTES);
        int count = in.count(4);
        if (count > Bounds.MAX_STUBS) {
            throw new MalformedException("component has " + count + " stubs; the limit is " + Bounds.MAX_STUBS);
        }
        List<String> stubs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            stubs.add(text(in, Bounds.MAX_TEXT_BYTES));
        }
        long startSequence = in.i64();
        ViewSettings settings = new ViewSettings(
                in.i64(), in.i32(), in.i32(), in.i64(), in.i64(), in.i64(), ErrorPolicy.ofNumber(in.u8()));
        return new ViewCode(digest, sizeBytes, firstChunk, chunks, world, stubs, startSequence, settings);
    }
}
