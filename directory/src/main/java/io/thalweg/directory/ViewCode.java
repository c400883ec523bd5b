package io.thalweg.directory;

import io.thalweg.model.ContentHash;
import java.util.List;

/**
 * What runs as one version of a view: a component whose bytes are events of the tenant's log {@code $components}, and how to
 * run it.
 *
 * @param digest of the component's bytes
 * @param sizeBytes of the component
 * @param firstChunk sequence in {@code $components} of its first {@link #CHUNK_BYTES}
 * @param chunks how many consecutive events hold it
 * @param world the world that the component was found to export, e.g. {@code primatomic:machine@0.0.1}
 * @param stubs imports that trap when called
 * @param startSequence first event of each partition that the view sees, from 1
 */
public record ViewCode(
        ContentHash digest,
        long sizeBytes,
        long firstChunk,
        int chunks,
        String world,
        List<String> stubs,
        long startSequence,
        ViewSettings settings) {
    /** Bytes of a component in each event but the last. */
    public static final int CHUNK_BYTES = 1 << 20;

    /** What the world of a view in Java begins with; its class follows. */
    private static final String JAVA = "java:";

    /** What stands as the world of a class. */
    public static String javaWorld(String className) {
        return JAVA + className;
    }

    /** Whether the bytes are a jar, with a class in it that is the view. */
    public boolean isJava() {
        return world.startsWith(JAVA);
    }

    /** The class in the jar. */
    public String javaClass() {
        return world.substring(JAVA.length());
    }

    public ViewCode {
        stubs = List.copyOf(stubs);
    }

    /** How many events a component of this size takes. */
    public static int chunksOf(long sizeBytes) {
        return Math.toIntExact((sizeBytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
    }
}
