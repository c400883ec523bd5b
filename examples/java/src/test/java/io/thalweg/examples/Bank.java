package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.java.Scene;
import io.thalweg.view.java.run.CallRunner;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A ledger that books what it has not booked, and may fail behind that; and a road on which answers get lost. */
final class Bank implements CallRunner {
    /** Of one transfer, by chance: more than a call has tries that says nothing of them. */
    private static final int FAILURES_MAX = 8;

    final Map<UUID, Scene.Money> booked = new LinkedHashMap<>();
    private final Set<UUID> refused = new HashSet<>();
    private final Map<UUID, Integer> failed = new HashMap<>();
    int asked;
    int failures;
    boolean losesAnswers;

    /** Answers that have not come yet, where they are late. */
    @Nullable
    List<Runnable> late;

    boolean refuses;

    /** Has each call fare as chance will have it, but that nobody gives up on one. */
    private @Nullable Random moods;

    void mood(@Nullable Random random) {
        moods = random;
        losesAnswers = false;
        refuses = false;
    }

    @Override
    public void run(Duration delay, Duration timeout, Work work, Consumer<Result> done) {
        Random its = moods;
        if (its != null) {
            losesAnswers = its.nextInt(5) == 0;
            refuses = its.nextInt(5) == 0;
        }
        Result result = Result.of(work);
        List<Runnable> toCome = late;
        if (toCome != null) {
            toCome.add(() -> done.accept(result));
        } else if (!losesAnswers) {
            done.accept(result);
        }
    }

    @Override
    public String transfer(UUID id, String ledger, Scene.Money money) {
        asked++;
        assertThat(ledger).isEqualTo(Shop.LEDGER);
        if (refused.contains(id)) {
            return "id_already_failed"; // as a ledger has it: what it has refused once it does not book later
        }
        if (refuses && !booked.containsKey(id)) {
            refused.add(id);
            return "exceeds_credits";
        }
        Scene.Money before = booked.putIfAbsent(id, money);
        assertThat(before == null ? money : before).isEqualTo(money);
        Random its = moods;
        boolean fails = its != null && its.nextBoolean() && failed.merge(id, 1, Integer::sum) < FAILURES_MAX;
        if (fails || failures > 0) {
            failures = Math.max(0, failures - 1);
            throw new IllegalStateException("nobody knows whether it was booked");
        }
        return "created";
    }
}
