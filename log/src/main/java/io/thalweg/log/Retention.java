package io.thalweg.log;

import java.io.IOException;

/** Gives back the space of events that no stream keeps. Meant for one background thread. */
@SuppressWarnings({"DoNotCallSuggester", "ObjectToString"}) // being built
public final class Retention {

    public Retention(Journal journal, EventIndex index) {
        throw new UnsupportedOperationException("not yet " + journal + index);
    }

    /**
     * Deletes one dead segment, or compacts one that is mostly dead.
     *
     * @param floorIndex entries behind it may still be asked for by the consensus and are not touched
     * @return false when there was nothing to do
     */
    public boolean step(long floorIndex) throws IOException {
        throw new UnsupportedOperationException("not yet " + floorIndex);
    }
}
