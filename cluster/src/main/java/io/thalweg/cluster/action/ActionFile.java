package io.thalweg.cluster.action;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The actions on disk; the form is in the package's comment. One thread at a time. */
final class ActionFile {
    private static final byte[] MAGIC = "ThAc".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;

    /** More than so many actions take of which each carries as much as it may. */
    static final int BYTES_MAX = 64 << 20;

    private final Disk disk;
    private final Path file;

    ActionFile(Disk disk, Path file) {
        this.disk = disk;
        this.file = file;
    }

    /** What was written last; nothing when there is no file. */
    List<Action> read() throws IOException {
        if (!disk.exists(file)) {
            return List.of();
        }
        byte[] bytes;
        try (Disk.DiskFile open = disk.open(file)) {
            long size = open.size();
            if (size > BYTES_MAX) {
                throw damaged("it has " + size + " bytes, more than the " + BYTES_MAX + " that it may have");
            }
            ByteBuffer buffer = ByteBuffer.allocate((int) size);
            open.read(0, buffer);
            bytes = buffer.array();
        }
        try {
            return decode(bytes);
        } catch (MalformedException | IllegalArgumentException e) {
            throw damaged(String.valueOf(e.getMessage()));
        }
    }

    private IOException damaged(String why) {
        return new IOException(
                file + " is damaged: " + why + ". Move it away to go on without what operators had this node do");
    }

    void write(Collection<Action> actions) throws IOException {
        AtomicFile.write(disk, file, ByteBuffer.wrap(encode(actions)));
    }

    static byte[] encode(Collection<Action> actions) {
        BinaryWriter out = new BinaryWriter();
        out.raw(MAGIC).u16(VERSION).i32(actions.size());
        for (Action action : actions) {
            out.uuid(action.id()).text(action.kind()).text(action.args());
            map(out, action.metadata());
            map(out, action.headers());
            out.text(action.requester()).i64(action.createdNs()).i64(action.scheduledNs());
            out.i32(action.history().size());
            for (Action.Change change : action.history()) {
                out.i64(change.atNs())
                        .u8(change.phase().number())
                        .text(change.error())
                        .text(change.payload());
            }
        }
        byte[] body = out.toByteArray();
        return new BinaryWriter(body.length + 4)
                .raw(body)
                .i32(new Checksum().of(body, 0, body.length))
                .toByteArray();
    }

    private static void map(BinaryWriter out, Map<String, String> values) {
        out.i32(values.size());
        values.forEach((name, value) -> out.text(name).text(value));
    }

    static List<Action> decode(byte[] bytes) {
        if (bytes.length < MAGIC.length + 10) {
            throw new MalformedException("it has " + bytes.length + " bytes, too few for its head");
        }
        int end = bytes.length - 4;
        int checksum = new BinaryReader(Arrays.copyOfRange(bytes, end, bytes.length)).i32();
        if (checksum != new Checksum().of(bytes, 0, end)) {
            throw new MalformedException("its checksum is wrong");
        }
        BinaryReader in = new BinaryReader(Arrays.copyOf(bytes, end));
        if (!Arrays.equals(in.raw(MAGIC.length), MAGIC)) {
            throw new MalformedException("it does not begin with ThAc");
        }
        int version = in.u16();
        if (version != VERSION) {
            throw new MalformedException("its version is " + version + ", and this program knows " + VERSION);
        }
        List<Action> actions = new ArrayList<>();
        for (int left = in.count(40); left > 0; left--) {
            actions.add(new Action(
                    in.uuid(), in.text(), in.text(), map(in), map(in), in.text(), in.i64(), in.i64(), history(in)));
        }
        in.end();
        return actions;
    }

    private static Map<String, String> map(BinaryReader in) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int left = in.count(8); left > 0; left--) {
            values.put(in.text(), in.text());
        }
        return values;
    }

    private static List<Action.Change> history(BinaryReader in) {
        List<Action.Change> changes = new ArrayList<>();
        for (int left = in.count(17); left > 0; left--) {
            long at = in.i64();
            changes.add(new Action.Change(at, Action.Phase.ofNumber(in.u8()), in.text(), in.text()));
        }
        return changes;
    }
}
