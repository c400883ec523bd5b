package io.thalweg.testkit.history;

import java.util.List;

/**
 * Something in a history that a correct system does not do.
 *
 * @param rule that is broken
 * @param what was seen, in words, with the operations' times and places
 */
public record Violation(Rule rule, String what) {
    /** What must hold. */
    public enum Rule {
        /** What was acknowledged is there. */
        LOST,
        /** Nothing is there more than once. */
        DOUBLED,
        /** Nothing is there that nobody asked for. */
        INVENTED,
        /** What was refused is nowhere. */
        REFUSED_AND_DONE,
        /** A request is done in whole and in one piece, or not at all. */
        TORN,
        /** What was acknowledged stands where its answer said. */
        MOVED,
        /** What was over before something else began comes before it. */
        REORDERED,
        /** A read shows what is there and nothing else. */
        MISREAD,
        /** A read shows everything that was acknowledged before it began. */
        STALE,
        /** What one client has seen, it sees again. */
        WENT_BACK,
        /** An answer is what the requests before it give. */
        WRONG_ANSWER,
        /** A repeat gets the first answer. */
        OTHER_ANSWER
    }

    /** One violation a line; at most twenty. */
    public static String lines(List<Violation> violations) {
        StringBuilder lines = new StringBuilder();
        violations.stream().limit(20).forEach(each -> lines.append(each).append('\n'));
        if (violations.size() > 20) {
            lines.append("and ").append(violations.size() - 20).append(" more\n");
        }
        return lines.toString();
    }

    /** @throws AssertionError that says what was found, if anything was */
    public static void requireNone(List<Violation> violations) {
        if (!violations.isEmpty()) {
            throw new AssertionError("the history has violations:\n" + lines(violations));
        }
    }

    @Override
    public String toString() {
        return rule + ": " + what;
    }
}
