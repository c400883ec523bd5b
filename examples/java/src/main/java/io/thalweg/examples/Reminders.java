package io.thalweg.examples;

import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Maps.mapSize;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reminders that last: whoever asks to be reminded is, once for each time, whichever nodes were down then. What is due goes to log
 * {@code reminded}. A reminder may come again and again; setting it anew replaces it, and one without a time takes it back.
 */
public final class Reminders implements View {
    /**
     * An event of {@code reminders}.
     *
     * @param id of the reminder among those of the user
     * @param at when; null to take it back
     * @param everySeconds how long from one time to the next; 0 for once
     */
    public record Wish(
            String user, String id, String text, @Nullable Instant at, long everySeconds) {}

    /** A reminder that is to come. */
    public record Reminder(String text, Instant at, long everySeconds) {}

    /** An event of {@code reminded}. */
    public record Reminded(String user, String id, String text, Instant at) {}

    /** What a wish is answered with: how many reminders of the user are to come. */
    public record Answer(long toCome) {}

    private record Due(String id, Instant at) {}

    public static final Index<Map<String, Map<String, Reminder>>> REMINDERS =
            Index.of("reminders", Schema.map(String.class, Schema.map(String.class, Reminder.class)));

    @Override
    public void declare(Declaration view) {
        view.index(REMINDERS);
        Output<Reminded> reminded = view.output("reminded", Codec.json(Reminded.class));
        Ringing ringing = new Ringing();
        ringing.timer = view.timer("due", Codec.json(Due.class), (step, due) -> {
            var its = step.index(REMINDERS).at(key(step.key()), key(due.id()));
            Reminder reminder = its.get();
            if (reminder == null || !reminder.at().equals(due.at())) {
                return; // taken back, or set anew
            }
            step.emit(reminded, step.key(), new Reminded(step.key(), due.id(), reminder.text(), due.at()));
            if (reminder.everySeconds() > 0) {
                // By the time that was wished for, not by when it came: whoever was down for long is late, and misses
                // none.
                Instant next = due.at().plus(Duration.ofSeconds(reminder.everySeconds()));
                its.set(new Reminder(reminder.text(), next, reminder.everySeconds()));
                step.schedule(ringing.timer(), next, new Due(due.id(), next));
            } else {
                its.remove();
            }
        });
        view.log("reminders", Codec.json(Wish.class), Wish::user, (step, wish) -> {
            var all = step.index(REMINDERS).at(key(wish.user()));
            Instant at = wish.at();
            if (at == null) {
                all.then(key(wish.id())).remove();
            } else {
                all.then(key(wish.id())).set(new Reminder(wish.text(), at, wish.everySeconds()));
                step.schedule(ringing.timer(), at, new Due(wish.id(), at));
            }
            step.answer(new Answer(all.then(mapSize()).orElse(0L)));
        });
    }

    /** A timer that sets itself again. */
    private static final class Ringing {
        private Source.@Nullable Timer<Due> timer;

        Source.Timer<Due> timer() {
            return Objects.requireNonNull(timer);
        }
    }
}
