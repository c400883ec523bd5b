package io.thalweg.server.peer;

import io.thalweg.server.views.ReplicaStatus;
import java.util.List;

/** How the versions of a view of components are on a node; JSON. */
public record PeerView(List<ReplicaStatus> versions) {}
