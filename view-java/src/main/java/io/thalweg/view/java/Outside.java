package io.thalweg.view.java;

/**
 * What a call to the outside does: it may wait, fail, and do what Java does. Runs on a thread of its own, after the step that asked for it
 * counts, at least once; whoever is called tells a repeat by {@link Scene#id}.
 */
@FunctionalInterface
public interface Outside<Q, A> {
    /** @throws Exception whatever goes wrong: it is tried again, as often as was declared */
    A call(Scene scene, Q question) throws Exception;
}
