package io.thalweg.view;

import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A view as it should run: what the directory says, in the terms of the host.
 *
 * @param tenant owner; views of one tenant share one fair part of the machine
 * @param stream what the view follows; never changes
 * @param activeVersion the version that answers queries; one of {@code versions}
 * @param versions all versions that are to run side by side, in any order
 */
public record ViewSpec(TenantId tenant, ViewId view, StreamId stream, int activeVersion, List<VersionSpec> versions) {
    public ViewSpec {
        versions = List.copyOf(versions);
        Set<Integer> numbers = new HashSet<>();
        for (VersionSpec version : versions) {
            if (!numbers.add(version.version())) {
                throw new IllegalArgumentException(
                        "version " + version.version() + " of view " + view + " comes twice");
            }
        }
        if (!numbers.contains(activeVersion)) {
            throw new IllegalArgumentException(
                    "active version " + activeVersion + " of view " + view + " is none of " + numbers);
        }
    }
}
