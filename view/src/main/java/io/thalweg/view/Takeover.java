package io.thalweg.view;

import io.thalweg.model.ViewId;

/** Hears that a newer version of a view could take the place of the active one. */
@FunctionalInterface
public interface Takeover {

    /**
     * A version that is to take over has caught up with its stream. Called once for a version while the host runs,
     * on one of its threads; must not block. Queries move when a {@link ViewSpec} comes that names it active.
     */
    void caughtUp(ViewId view, int version);
}
