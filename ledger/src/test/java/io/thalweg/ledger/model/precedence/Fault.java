package io.thalweg.ledger.model.precedence;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The smallest change to a rehearsal that makes it fail with one status.
 *
 * @param fits whether the change makes sense in a rehearsal at all
 * @param claims what the change sets or relies on: two faults go together unless they claim different values of the same thing
 * @param <R> a rehearsal
 * @param <S> a status
 */
record Fault<R, S extends Enum<S>>(S status, Predicate<R> fits, Map<String, String> claims, Consumer<R> injection) {

    /** @param claims pairs such as {@code "debit=missing"}, with blanks between them */
    static <R, S extends Enum<S>> Fault<R, S> of(S status, Predicate<R> fits, String claims, Consumer<R> injection) {
        Map<String, String> parsed = new HashMap<>();
        for (String claim : claims.split(" ", -1)) {
            int equals = claim.indexOf('=');
            parsed.put(claim.substring(0, equals), claim.substring(equals + 1));
        }
        return new Fault<>(status, fits, Map.copyOf(parsed), injection);
    }

    boolean goesWith(Fault<R, S> other) {
        return claims.entrySet().stream()
                .allMatch(
                        claim -> claim.getValue().equals(other.claims.getOrDefault(claim.getKey(), claim.getValue())));
    }

    @Override
    public String toString() {
        return status + " " + claims;
    }
}
