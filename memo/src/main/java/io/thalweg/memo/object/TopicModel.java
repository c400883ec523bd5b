package io.thalweg.memo.object;

import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Limits;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What objects of a topic have: fields with their types and merge rules, relationships to other topics, and how durable they are to be.
 * A topic is itself an object, begun by a memo that is the same for all who name it alike, so that slabs that cannot hear each
 * other may make the same topic; its model is that object's projection, and is changed by adding.
 *
 * <p>In the projection: {@code field:NAME = "type merge"} or {@code "type merge indexed"}, {@code relationship:NAME = "topic"},
 * {@code target_nines} a number, {@code feeds} and {@code follows} a log's id, {@code readers} and {@code writers} names, each in a line; all
 * by {@code last}; {@code history} is {@code drop/2} or {@code keep}: builds before the second way of dropping keep. A model is checked where a memo is written. A memo that came from
 * elsewhere is valid whatever the model here says: it may have been written by somebody who knew more of it.
 */
public record TopicModel(Map<String, Field> fields, Map<String, String> relationships, Policy policy) {
    /** The target of a topic that names none. */
    public static final double TARGET_NINES_DEFAULT = 6;

    private static final String FIELD = "field:";
    private static final String RELATIONSHIP = "relationship:";
    private static final String TARGET = "target_nines";
    private static final String HISTORY = "history";
    private static final String DROP = "drop/2";
    private static final String FEEDS = "feeds";
    private static final String FOLLOWS = "follows";
    private static final String READERS = "readers";
    private static final String WRITERS = "writers";

    /** The topic of a tenant whose target is that of all topics and objects that name none. */
    public static final String DEFAULTS = "*";

    /** The field, of objects of any topic, that holds an object's own target; no model can have a field of this name. */
    public static final String OBJECT_TARGET = "\0target_nines";

    /** The longest name of a field that a model can have, in bytes of UTF-8. */
    public static final int FIELD_NAME_BYTES_MAX = Limits.MAX_NAME_BYTES - FIELD.length();

    /** The longest name of a relationship that a model can have, in bytes of UTF-8. */
    public static final int RELATIONSHIP_NAME_BYTES_MAX = Limits.MAX_NAME_BYTES - RELATIONSHIP.length();

    /** Names of readers, or of writers, of one topic. */
    private static final int NAMES_MAX = 1_000;

    /** What a field holds. */
    public enum Type {
        TEXT,
        INTEGER,
        NUMBER,
        BOOLEAN,
        TIME,
        BYTES
    }

    /** How concurrent changes of a field merge. */
    public enum Merge {
        LAST,
        ALL,
        COUNTER,
        SET
    }

    /** @param indexed whether objects can be found by it */
    public record Field(Type type, Merge merge, boolean indexed) {
        public Field {
            if (merge == Merge.COUNTER && type != Type.INTEGER) {
                throw new IllegalArgumentException(
                        "a counter is of type integer, not " + type.name().toLowerCase(Locale.ROOT));
            }
        }

        private String text() {
            return (type + " " + merge + (indexed ? " indexed" : "")).toLowerCase(Locale.ROOT);
        }

        private static Field parse(String name, String text) {
            String[] words = text.toUpperCase(Locale.ROOT).split(" ", -1);
            try {
                return new Field(Type.valueOf(words[0]), Merge.valueOf(words[1]), words.length > 2);
            } catch (RuntimeException e) {
                throw new MalformedException("field " + name + " is declared as \"" + text + "\"");
            }
        }
    }

    /**
     * What becomes of a topic's objects, and whose they are.
     *
     * @param target how many nines its memos are to have; empty for what the tenant says of all topics
     * @param dropsHistory whether memos that a keyframe stands for may be let go of for good
     * @param feeds the id of the log in which each memo of the topic becomes an event; empty for none
     * @param follows the id of the log of which each event becomes a change of an object; empty for none
     * @param readers names of keys and users that may read objects; empty for all of the tenant
     * @param writers names of keys and users that may change objects; empty for all who may write
     */
    public record Policy(
            OptionalDouble target,
            boolean dropsHistory,
            String feeds,
            String follows,
            Set<String> readers,
            Set<String> writers) {
        public static final Policy DEFAULT = new Policy(OptionalDouble.empty(), false, "", "", Set.of(), Set.of());

        public Policy {
            target.ifPresent(TopicModel::checkTarget);
            if (dropsHistory && !(feeds.isEmpty() && follows.isEmpty())) {
                throw new IllegalArgumentException(
                        "a topic that feeds or follows a log keeps its history: 'history' cannot be 'drop' there");
            }
            if (!feeds.isEmpty() && feeds.equals(follows)) {
                throw new IllegalArgumentException(
                        "a topic that feeds the log " + feeds + " cannot follow it: it would feed itself");
            }
            readers = checked(READERS, readers);
            writers = checked(WRITERS, writers);
        }

        private static Set<String> checked(String what, Set<String> names) {
            if (names.size() > NAMES_MAX) {
                throw new IllegalArgumentException(
                        what + " has " + names.size() + " names, expected at most " + NAMES_MAX);
            }
            for (String name : names) {
                if (name.isEmpty() || name.length() > Limits.MAX_NAME_BYTES || name.contains("\n")) {
                    throw new IllegalArgumentException(
                            what + " has '" + name + "', expected the name of a key or a user in one line");
                }
            }
            return Set.copyOf(names);
        }

        public Policy withTarget(double nines) {
            return new Policy(OptionalDouble.of(nines), dropsHistory, feeds, follows, readers, writers);
        }
    }

    public TopicModel {
        fields = Map.copyOf(fields);
        relationships = Map.copyOf(relationships);
    }

    /** One that is for all of the tenant, and has nothing to do with logs. */
    public TopicModel(Map<String, Field> fields, Map<String, String> relationships, double targetNines) {
        this(fields, relationships, Policy.DEFAULT.withTarget(targetNines));
    }

    /** A topic without anything. */
    public static final TopicModel EMPTY = new TopicModel(Map.of(), Map.of(), Policy.DEFAULT);

    /** The topic's own target, or that of a topic that names none while its tenant says nothing either. */
    public double targetNines() {
        return policy.target.orElse(TARGET_NINES_DEFAULT);
    }

    private static void checkTarget(double nines) {
        if (!(nines >= 0 && nines <= 100)) {
            throw new IllegalArgumentException("a target is 0 to 100 nines, not " + nines);
        }
    }

    /** The change that gives an object, of whatever topic, a target of its own. */
    public static Change target(double nines) {
        checkTarget(nines);
        return new Change.SetLast(OBJECT_TARGET, new Value.Real(nines));
    }

    /** An object's own target; empty when it has that of its topic. */
    public static OptionalDouble target(Projection object) {
        return object.last(OBJECT_TARGET) instanceof Value.Real real
                ? OptionalDouble.of(Math.clamp(real.value(), 0, 100))
                : OptionalDouble.empty();
    }

    /** The memo that begins a topic: the same wherever it is made. */
    public static Memo genesis(TenantId tenant, String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > Limits.MAX_NAME_BYTES) {
            throw new IllegalArgumentException(
                    "a topic's name has 1 to " + Limits.MAX_NAME_BYTES + " bytes, not " + bytes);
        }
        return new Memo(
                tenant,
                Kind.TOPIC,
                null,
                null,
                List.of(),
                List.of(),
                new BinaryWriter(64).text(name).toByteArray());
    }

    /** The name in a memo that begins a topic. */
    public static String name(Memo genesis) {
        BinaryReader in = new BinaryReader(genesis.body());
        String name = in.text();
        in.end();
        if (genesis.kind() != Kind.TOPIC || name.isEmpty() || name.length() > Limits.MAX_NAME_BYTES) {
            throw new MalformedException(genesis + " names no topic");
        }
        return name;
    }

    /** The model that a topic's object projects to. What this build cannot read, somebody newer wrote: it is left out. */
    public static TopicModel of(Projection topic) {
        Map<String, Field> fields = new TreeMap<>();
        Map<String, String> relationships = new TreeMap<>();
        for (Map.Entry<String, Value> each : topic.lasts().entrySet()) {
            String name = each.getKey();
            switch (each.getValue()) {
                case Value.Text text
                when name.startsWith(FIELD) -> {
                    try {
                        fields.put(
                                name.substring(FIELD.length()),
                                Field.parse(name.substring(FIELD.length()), text.value()));
                    } catch (MalformedException e) {
                        fields.remove(name.substring(FIELD.length()));
                    }
                }
                case Value.Text text
                when name.startsWith(RELATIONSHIP) ->
                    relationships.put(name.substring(RELATIONSHIP.length()), text.value());
                default -> {}
            }
        }
        return new TopicModel(fields, relationships, policy(topic));
    }

    /** Two who each set one half of what cannot be together leave the half that feeds nothing. */
    private static Policy policy(Projection topic) {
        OptionalDouble target = topic.last(TARGET) instanceof Value.Real real
                ? OptionalDouble.of(Math.clamp(real.value(), 0, 100))
                : OptionalDouble.empty();
        String feeds = line(topic, FEEDS);
        String follows = line(topic, FOLLOWS);
        return new Policy(
                target,
                line(topic, HISTORY).equals(DROP) && feeds.isEmpty() && follows.isEmpty(),
                feeds,
                feeds.equals(follows) ? "" : follows,
                names(topic, READERS),
                names(topic, WRITERS));
    }

    /** Whether a memo about a topic says that its history may be dropped, which what was dropped since shows for ever. */
    public static boolean letsDrop(Memo memo) {
        return memo.kind() == Kind.EDIT
                && Edit.decode(memo.body()).changes().contains(new Change.SetLast(HISTORY, new Value.Text(DROP)));
    }

    private static String line(Projection topic, String name) {
        return topic.last(name) instanceof Value.Text text ? text.value() : "";
    }

    private static Set<String> names(Projection topic, String name) {
        TreeSet<String> names = new TreeSet<>();
        for (String each : line(topic, name).split("\n", -1)) {
            if (!each.isEmpty() && names.size() < NAMES_MAX) {
                names.add(each.substring(0, Math.min(each.length(), Limits.MAX_NAME_BYTES)));
            }
        }
        return names;
    }

    /** The changes of the topic's object that lead from this model to {@code next}; refuses to change or drop what is there. */
    public List<Change> evolve(TopicModel next) {
        List<Change> changes = new ArrayList<>();
        new TreeMap<>(next.fields).forEach((name, field) -> {
            Field known = fields.get(name);
            if (known == null) {
                changes.add(new Change.SetLast(FIELD + name, new Value.Text(field.text())));
            } else if (known.type != field.type || known.merge != field.merge) {
                throw new IllegalArgumentException("field " + name + " is " + known.text()
                        + " and stays so; it cannot become " + field.text() + ": add a field of another name");
            } else if (field.indexed && !known.indexed) {
                changes.add(new Change.SetLast(FIELD + name, new Value.Text(field.text())));
            }
        });
        new TreeMap<>(next.relationships).forEach((name, topic) -> {
            String known = relationships.get(name);
            if (known == null) {
                changes.add(new Change.SetLast(RELATIONSHIP + name, new Value.Text(topic)));
            } else if (!known.equals(topic)) {
                throw new IllegalArgumentException(
                        "relationship " + name + " leads to " + known + " and stays so; it cannot lead to " + topic);
            }
        });
        if (next.policy.target.isPresent() && !next.policy.target.equals(policy.target)) {
            changes.add(new Change.SetLast(TARGET, new Value.Real(next.targetNines())));
        }
        if (next.policy.dropsHistory != policy.dropsHistory) {
            changes.add(new Change.SetLast(HISTORY, new Value.Text(next.policy.dropsHistory ? DROP : "keep")));
        }
        change(changes, FEEDS, policy.feeds, next.policy.feeds);
        change(changes, FOLLOWS, policy.follows, next.policy.follows);
        change(changes, READERS, lines(policy.readers), lines(next.policy.readers));
        change(changes, WRITERS, lines(policy.writers), lines(next.policy.writers));
        return changes;
    }

    private static void change(List<Change> changes, String name, String before, String after) {
        if (!before.equals(after)) {
            changes.add(new Change.SetLast(name, new Value.Text(after)));
        }
    }

    private static String lines(Set<String> names) {
        return String.join("\n", new TreeSet<>(names));
    }

    /** The change that sets a field as the model says; refuses a field or a type that it does not have. */
    public Change set(String name, Value value) {
        Field field = typed(name, value);
        return switch (field.merge) {
            case LAST -> new Change.SetLast(name, value);
            case ALL -> new Change.SetAll(name, value);
            case COUNTER -> throw wrong(name, "is a counter: use add");
            case SET -> throw wrong(name, "is a set: use insert and remove");
        };
    }

    /** The change that unsets a field. */
    public Change unset(String name) {
        return switch (field(name).merge) {
            case LAST -> new Change.UnsetLast(name);
            case ALL -> new Change.UnsetAll(name);
            case COUNTER, SET -> throw wrong(name, "is a counter or a set, which cannot be unset");
        };
    }

    /** The change that adds to a counter. */
    public Change add(String name, long by) {
        if (field(name).merge != Merge.COUNTER) {
            throw wrong(name, "is no counter");
        }
        return new Change.Add(name, by);
    }

    /** The change that inserts into a set. */
    public Change insert(String name, Value value) {
        if (typed(name, value).merge != Merge.SET) {
            throw wrong(name, "is no set");
        }
        return new Change.Insert(name, value);
    }

    /** The change that removes from a set. */
    public Change remove(String name, Value value) {
        if (typed(name, value).merge != Merge.SET) {
            throw wrong(name, "is no set");
        }
        return new Change.Remove(name, value);
    }

    /** The change that sets a relationship; null leads nowhere. */
    public Change relate(String name, @Nullable MemoId object) {
        if (!relationships.containsKey(name)) {
            throw wrong(name, "is no relationship of the topic; there are " + relationships.keySet());
        }
        return object == null ? new Change.Unrelate(name) : new Change.Relate(name, object);
    }

    private Field field(String name) {
        Field field = fields.get(name);
        if (field == null) {
            throw wrong(name, "is no field of the topic; there are " + new TreeMap<>(fields).keySet());
        }
        return field;
    }

    private Field typed(String name, Value value) {
        Field field = field(name);
        boolean fits = switch (value) {
            case Value.Text _ -> field.type == Type.TEXT;
            case Value.Whole _ -> field.type == Type.INTEGER;
            case Value.Real _ -> field.type == Type.NUMBER;
            case Value.Truth _ -> field.type == Type.BOOLEAN;
            case Value.Time _ -> field.type == Type.TIME;
            case Value.Bytes _ -> field.type == Type.BYTES;
        };
        if (!fits) {
            throw wrong(name, "is of type " + field.type.name().toLowerCase(Locale.ROOT) + ", not " + value);
        }
        return field;
    }

    private static IllegalArgumentException wrong(String name, String what) {
        return new IllegalArgumentException(name + " " + what);
    }
}
