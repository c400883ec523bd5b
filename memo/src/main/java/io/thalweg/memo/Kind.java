package io.thalweg.memo;

import io.thalweg.model.MalformedException;

/** What a memo is for. The number is part of the canonical form and never changes meaning. */
public enum Kind {
    /** Begins a topic: the same for all who name the topic alike. */
    TOPIC(1),
    /** Begins an object. */
    CREATE(2),
    /** Changes an object, or the model of a topic. */
    EDIT(3),
    /** Holds the full projection of a head: made by anyone, the same by everyone. Nobody's precursor. */
    KEYFRAME(4),
    /** Names heads, so that a context need not. */
    INDEX(5),
    /** Says that a slab lives. Neither stored nor peered nor scored. */
    BEAT(6);

    private final int number;

    Kind(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    static Kind ofNumber(int number) {
        for (Kind kind : values()) {
            if (kind.number == number) {
                return kind;
            }
        }
        throw new MalformedException("kind of memo " + number + " is unknown");
    }

    /** Whether a memo of this kind is part of an object's lineage, so that others may follow it. */
    public boolean isLineage() {
        return this == TOPIC || this == CREATE || this == EDIT;
    }
}
