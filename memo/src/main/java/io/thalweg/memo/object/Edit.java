package io.thalweg.memo.object;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The body of a memo that begins or changes an object, or a topic's model.
 *
 * <pre>
 * edit := nonce:16 count:u32 change{count}      changes strictly ascending by their bytes
 * </pre>
 *
 * The nonce makes two equal intents two memos (two people who each add one), and one intent that is told twice one memo.
 *
 * @param changes in canonical order; no two of them about the same thing
 */
public record Edit(UUID nonce, List<Change> changes) {
    public static final int CHANGES_MAX = 4096;

    private static final UUID NO_NONCE = new UUID(0, 0);

    /** Changes nothing; what follows several memos with it joins them, and is the same whoever does so. */
    public static final Edit NOTHING = new Edit(NO_NONCE, List.of());

    /** Puts the changes into canonical order. Refuses two about the same thing, whose order would not be defined. */
    public static Edit of(UUID nonce, Collection<Change> changes) {
        return new Edit(nonce, sorted(changes));
    }

    public Edit {
        changes = List.copyOf(changes);
        if (changes.size() > CHANGES_MAX) {
            throw new MalformedException("an edit has at most " + CHANGES_MAX + " changes, not " + changes.size());
        }
        TreeMap<String, Change> about = new TreeMap<>();
        byte[] before = {};
        for (Change change : changes) {
            byte[] bytes = bytes(change);
            if (Arrays.compareUnsigned(before, bytes) >= 0) {
                throw new MalformedException("changes are not strictly ascending at " + change);
            }
            before = bytes;
            Change other = about.put(thing(change), change);
            if (other != null) {
                throw new MalformedException("one edit has both " + other + " and " + change);
            }
        }
    }

    /** What no two changes of an edit may be about: a register of the projection. */
    private static String thing(Change change) {
        return switch (change) {
            case Change.SetLast _, Change.UnsetLast _ -> "last " + change.field();
            case Change.SetAll _, Change.UnsetAll _ -> "all " + change.field();
            case Change.Add _ -> "counter " + change.field();
            case Change.Insert insert ->
                "set " + change.field() + "\0" + Arrays.toString(insert.value().bytes());
            case Change.Remove remove ->
                "set " + change.field() + "\0" + Arrays.toString(remove.value().bytes());
            case Change.Relate _, Change.Unrelate _ -> "relationship " + change.field();
            case Change.Delete _ -> "";
        };
    }

    private static byte[] bytes(Change change) {
        BinaryWriter out = new BinaryWriter(64);
        change.write(out);
        return out.toByteArray();
    }

    private static List<Change> sorted(Collection<Change> changes) {
        List<Change> sorted = new ArrayList<>(changes);
        sorted.sort((left, right) -> Arrays.compareUnsigned(bytes(left), bytes(right)));
        return sorted;
    }

    /** What it adds to counters. */
    public List<Change.Add> additions() {
        List<Change.Add> additions = new ArrayList<>();
        for (Change change : changes) {
            if (change instanceof Change.Add add) {
                additions.add(add);
            }
        }
        return additions;
    }

    /** The body of what stays of a memo with this edit when it is dropped: what it adds to counters, if anything, without its nonce. */
    public byte[] remains() {
        List<Change.Add> additions = additions();
        return additions.isEmpty()
                ? new byte[0]
                : of(NO_NONCE, List.copyOf(additions)).encode();
    }

    /** What stays of a dropped memo added to counters; a {@link MalformedException} when that is not what {@link #remains} leaves. */
    public static List<Change.Add> additions(byte[] remains) {
        if (remains.length == 0) {
            return List.of();
        }
        Edit edit = decode(remains);
        List<Change.Add> additions = edit.additions();
        if (!edit.nonce.equals(NO_NONCE) || additions.size() != edit.changes.size()) {
            throw new MalformedException("of a dropped memo only what it added to counters stays");
        }
        return additions;
    }

    public byte[] encode() {
        BinaryWriter out = new BinaryWriter(128).rfcUuid(nonce).i32(changes.size());
        changes.forEach(change -> change.write(out));
        return out.toByteArray();
    }

    public static Edit decode(byte[] body) {
        BinaryReader in = new BinaryReader(body);
        UUID nonce = in.rfcUuid();
        int count = in.count(5);
        if (count > CHANGES_MAX) {
            throw new MalformedException("an edit has at most " + CHANGES_MAX + " changes, not " + count);
        }
        List<Change> changes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            changes.add(Change.read(in));
        }
        in.end();
        return new Edit(nonce, changes);
    }
}
