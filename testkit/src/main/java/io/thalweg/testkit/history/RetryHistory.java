package io.thalweg.testkit.history;

import io.thalweg.testkit.history.Violation.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests that are sent more than once because an answer did not come: in a session, where every repeat of a number gets the identical
 * answer, or by a producer or a key, where a repeat is told where the first stands. Either way no two numbers are told the same place.
 *
 * <p>Recording is thread-safe.
 */
public final class RetryHistory {
    /** Who numbers requests, and which it is: a session's id, a producer's name, a key with number 0. */
    public record Numbered(String who, long number) {}

    private record Answer(String body, long place) {}

    private final List<Map.Entry<Numbered, Answer>> answers = new ArrayList<>();

    /**
     * A sending was answered.
     *
     * @param body what must be the same each time: a session's reply in whole; for a producer the place alone
     * @param place where the request stands, such as a sequence; below 0 when it has no place (it was refused for good)
     */
    public synchronized void answered(Numbered request, String body, long place) {
        answers.add(Map.entry(request, new Answer(body, place)));
    }

    /** Answers so far. */
    public synchronized long answers() {
        return answers.size();
    }

    /** Compares all answers. */
    public synchronized List<Violation> check() {
        List<Violation> violations = new ArrayList<>();
        Map<Numbered, Answer> first = new HashMap<>();
        Map<Long, Numbered> places = new HashMap<>();
        for (var each : answers) {
            Numbered request = each.getKey();
            Answer answer = each.getValue();
            Answer before = first.putIfAbsent(request, answer);
            if (before != null && !before.equals(answer)) {
                violations.add(new Violation(
                        Rule.OTHER_ANSWER, request + " was answered " + before + " first and " + answer + " later"));
            }
            @Nullable Numbered there = answer.place < 0 ? null : places.putIfAbsent(answer.place, request);
            if (there != null && !there.equals(request)) {
                violations.add(
                        new Violation(Rule.DOUBLED, there + " and " + request + " were both told " + answer.place));
            }
        }
        return violations;
    }
}
