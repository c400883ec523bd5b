package io.thalweg.memo.object;

import io.thalweg.memo.MemoId;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What an object is, given a head. It holds, for each field and rule, the newest changes with the memos that made them; two slabs
 * with equal heads have equal projections, byte for byte, in whichever order the memos came.
 *
 * <p>Memos are taken one by one, each after those that it follows, and each once. A change takes the place of all changes of the same
 * thing that its memo follows; what is left besides is concurrent. Since whatever a memo follows has been taken before it, no order that respects
 * causality gives anything else. What a removal from a set, or an unset of {@code all}, says is used up in that moment; that
 * of {@code last} stays, for it may win against a concurrent change by its id.
 *
 * <pre>
 * projection := version:u8=1 deleted:u8 registers:u32 register* counters:u32 counter*     both ascending
 * register   := rule:u8 field element:u32-bytes count:u32 newest{count}
 *               rule: 1 last, 2 all, 3 set, 4 relationship; element is the value's bytes for a set, empty otherwise
 * newest     := memo:32 present:u8 [value]      ascending by memo; a relationship's value is 32 bytes
 * counter    := field sum:u32-bytes             two's complement, big-endian, shortest
 * </pre>
 *
 * Not thread-safe.
 */
public final class Projection {
    private static final int VERSION = 1;

    /** How concurrent changes of a register merge. */
    enum Rule {
        LAST(1),
        ALL(2),
        SET(3),
        RELATIONSHIP(4);

        private final int number;

        Rule(int number) {
            this.number = number;
        }
    }

    private record Register(
            Rule rule, String field, @Nullable Value element) implements Comparable<Register> {
        @Override
        public int compareTo(Register other) {
            int order = rule.compareTo(other.rule);
            order = order != 0 ? order : field.compareTo(other.field);
            if (order != 0 || element == null || other.element == null) {
                return order;
            }
            return element.compareTo(other.element);
        }
    }

    /** A newest change: what it set, or null for what it unset. */
    private record Newest(@Nullable Value value, @Nullable MemoId related) {}

    /** The newest changes of each, ascending by memo; never changed, but replaced. Nearly all have one, for which a tree would be dear. */
    private final TreeMap<Register, Map<MemoId, Newest>> registers = new TreeMap<>();

    private final TreeMap<String, BigInteger> counters = new TreeMap<>();
    private boolean deleted;

    public Projection() {}

    /** An independent copy. */
    public Projection copy() {
        Projection copy = new Projection();
        copy.registers.putAll(registers);
        copy.counters.putAll(counters);
        copy.deleted = deleted;
        return copy;
    }

    /**
     * Takes a memo's edit.
     *
     * @param follows whether the memo follows another one that was taken before
     */
    public void take(MemoId memo, Edit edit, Predicate<MemoId> follows) {
        for (Change change : edit.changes()) {
            switch (change) {
                case Change.SetLast set ->
                    put(memo, Rule.LAST, set.field(), null, new Newest(set.value(), null), follows);
                case Change.UnsetLast unset ->
                    put(memo, Rule.LAST, unset.field(), null, new Newest(null, null), follows);
                case Change.SetAll set ->
                    put(memo, Rule.ALL, set.field(), null, new Newest(set.value(), null), follows);
                case Change.UnsetAll unset -> put(memo, Rule.ALL, unset.field(), null, null, follows);
                case Change.Add add -> add(add);
                case Change.Insert insert ->
                    put(memo, Rule.SET, insert.field(), insert.value(), new Newest(insert.value(), null), follows);
                case Change.Remove remove -> put(memo, Rule.SET, remove.field(), remove.value(), null, follows);
                case Change.Relate relate ->
                    put(memo, Rule.RELATIONSHIP, relate.field(), null, new Newest(null, relate.object()), follows);
                case Change.Unrelate unrelate ->
                    put(memo, Rule.RELATIONSHIP, unrelate.field(), null, new Newest(null, null), follows);
                case Change.Delete _ -> deleted = true;
            }
        }
    }

    private void put(
            MemoId memo,
            Rule rule,
            String field,
            @Nullable Value element,
            @Nullable Newest change,
            Predicate<MemoId> follows) {
        Register register = new Register(rule, field, element);
        TreeMap<MemoId, Newest> newest = new TreeMap<>();
        registers.getOrDefault(register, Map.of()).forEach((other, still) -> {
            if (!follows.test(other)) {
                newest.put(other, still);
            }
        });
        if (change != null) {
            newest.put(memo, change);
        }
        set(register, newest);
    }

    private void set(Register register, SortedMap<MemoId, Newest> newest) {
        if (newest.isEmpty()) {
            registers.remove(register);
            return;
        }
        Map<MemoId, Newest> held = newest.size() == 1 ? Map.copyOf(newest) : newest;
        if (registers.replace(register, held) == null) {
            // Many objects have fields of the same names.
            registers.put(new Register(register.rule, register.field.intern(), register.element), held);
        }
    }

    /** The change with the greatest memo. */
    private static @Nullable Newest greatest(@Nullable Map<MemoId, Newest> newest) {
        if (newest == null) {
            return null;
        }
        return newest instanceof TreeMap<MemoId, Newest> several
                ? several.lastEntry().getValue()
                : newest.values().iterator().next();
    }

    /** Adds to a counter. */
    void add(Change.Add add) {
        counters.merge(add.field(), BigInteger.valueOf(add.by()), BigInteger::add);
    }

    /**
     * Takes what another head of the same object holds, so that this is the projection of both heads together, except for counters: those the caller
     * brings up to date by what was added below the other head and not below this one.
     *
     * <p>A change is among the newest of both together if both heads have it so, or if one has it and the other does not know its memo: had
     * anything below the other head taken its place, that would follow it, and the other head would know it. (The join of dot
     * stores: Almeida, Shoker, Baquero, <i>Delta State Replicated Data Types</i>, 2016.)
     *
     * @param ours whether this projection's head knows a memo
     * @param theirs whether the other's does
     */
    void join(Projection other, Predicate<MemoId> ours, Predicate<MemoId> theirs) {
        Set<Register> all = new TreeSet<>(registers.keySet());
        all.addAll(other.registers.keySet());
        for (Register register : all) {
            Map<MemoId, Newest> here = registers.getOrDefault(register, Map.of());
            Map<MemoId, Newest> there = other.registers.getOrDefault(register, Map.of());
            TreeMap<MemoId, Newest> newest = new TreeMap<>();
            here.forEach((memo, change) -> {
                if (there.containsKey(memo) || !theirs.test(memo)) {
                    newest.put(memo, change);
                }
            });
            there.forEach((memo, change) -> {
                if (here.containsKey(memo) || !ours.test(memo)) {
                    newest.put(memo, change);
                }
            });
            set(register, newest);
        }
        deleted |= other.deleted;
    }

    public boolean isDeleted() {
        return deleted;
    }

    /** The value of a field whose last change counts; null when it is not set. */
    public @Nullable Value last(String field) {
        Newest newest = greatest(registers.get(new Register(Rule.LAST, field, null)));
        return newest == null ? null : newest.value;
    }

    /** The values of a field of which all newest changes count, in the order of their memos; empty when it is not set. */
    public List<Value> all(String field) {
        List<Value> values = new ArrayList<>();
        for (Newest newest : registers
                .getOrDefault(new Register(Rule.ALL, field, null), Map.of())
                .values()) {
            if (newest.value != null) {
                values.add(newest.value);
            }
        }
        return values;
    }

    /** A counter; zero when nothing was added. */
    public BigInteger counter(String field) {
        return counters.getOrDefault(field, BigInteger.ZERO);
    }

    /** The elements of a set, ascending. */
    public List<Value> elements(String field) {
        List<Value> elements = new ArrayList<>();
        for (Register register : registers.keySet()) {
            if (register.rule == Rule.SET && register.field.equals(field) && register.element != null) {
                elements.add(register.element);
            }
        }
        return elements;
    }

    /** The object that a relationship leads to; null when it leads nowhere. */
    public @Nullable MemoId related(String relationship) {
        Newest newest = greatest(registers.get(new Register(Rule.RELATIONSHIP, relationship, null)));
        return newest == null ? null : newest.related;
    }

    /** All relationships that lead somewhere. */
    public Map<String, MemoId> relationships() {
        Map<String, MemoId> found = new TreeMap<>();
        for (Register register : registers.keySet()) {
            MemoId related = register.rule == Rule.RELATIONSHIP ? related(register.field) : null;
            if (related != null) {
                found.put(register.field, related);
            }
        }
        return found;
    }

    /** The fields set by {@code last}, for those who do not know the model. */
    public Map<String, Value> lasts() {
        Map<String, Value> found = new TreeMap<>();
        for (Register register : registers.keySet()) {
            Value value = register.rule == Rule.LAST ? last(register.field) : null;
            if (value != null) {
                found.put(register.field, value);
            }
        }
        return Collections.unmodifiableMap(found);
    }

    public byte[] encode() {
        BinaryWriter out = new BinaryWriter(512).u8(VERSION).bool(deleted).i32(registers.size());
        registers.forEach((register, newest) -> {
            out.u8(register.rule.number).text(register.field);
            out.bytes(register.element == null ? new byte[0] : register.element.bytes());
            out.i32(newest.size());
            newest.forEach((memo, change) -> {
                memo.write(out);
                boolean present = change.value != null || change.related != null;
                out.bool(present);
                if (change.value != null) {
                    change.value.write(out);
                } else if (change.related != null) {
                    change.related.write(out);
                }
            });
        });
        out.i32(counters.size());
        counters.forEach((field, sum) -> out.text(field).bytes(sum.toByteArray()));
        return out.toByteArray();
    }

    /** The projection with these bytes; a {@link MalformedException} for any that {@link #encode} would not have made. */
    public static Projection decode(byte[] bytes) {
        BinaryReader in = new BinaryReader(bytes);
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException("projection of version " + version + ", this build knows " + VERSION);
        }
        Projection projection = new Projection();
        projection.deleted = in.bool();
        for (int left = in.count(14); left > 0; left--) {
            projection.readRegister(in);
        }
        for (int left = in.count(9); left > 0; left--) {
            String field = in.text();
            byte[] sum = in.bytes();
            if (sum.length == 0 || sum.length > 64) {
                throw new MalformedException("a counter of " + sum.length + " bytes; 1 to 64 are expected");
            }
            projection.counters.put(field, new BigInteger(sum));
        }
        in.end();
        if (!Arrays.equals(projection.encode(), bytes)) {
            throw new MalformedException("a projection that is not in canonical order");
        }
        return projection;
    }

    private void readRegister(BinaryReader in) {
        int number = in.u8();
        if (number < 1 || number > Rule.values().length) {
            throw new MalformedException("merge rule " + number + " is unknown");
        }
        Rule rule = Rule.values()[number - 1];
        String field = in.text();
        byte[] element = in.bytes();
        Value value = rule == Rule.SET ? Value.read(new BinaryReader(element)) : null;
        TreeMap<MemoId, Newest> newest = new TreeMap<>();
        for (int left = in.count(33); left > 0; left--) {
            MemoId memo = MemoId.read(in);
            boolean present = in.bool();
            newest.put(
                    memo,
                    !present
                            ? new Newest(null, null)
                            : rule == Rule.RELATIONSHIP
                                    ? new Newest(null, MemoId.read(in))
                                    : new Newest(Value.read(in), null));
        }
        if (newest.isEmpty()) {
            throw new MalformedException("the field " + field + " has a register with nothing in it");
        }
        set(new Register(rule, field, value), newest);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Projection that
                && deleted == that.deleted
                && registers.equals(that.registers)
                && counters.equals(that.counters);
    }

    @Override
    public int hashCode() {
        return registers.hashCode() + counters.hashCode();
    }

    @Override
    public String toString() {
        return (deleted ? "deleted " : "") + registers + counters;
    }
}
