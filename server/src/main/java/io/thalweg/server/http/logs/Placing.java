package io.thalweg.server.http.logs;

import io.thalweg.directory.Log;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Slots;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Where events go, and who numbers them, as a request says. */
final class Placing {
    private Placing() {}

    /** The partition that is to be read; null for all of several. */
    static @Nullable Integer chosen(Call call, Log log) {
        Integer asked = asked(call, log);
        return asked == null && log.partitions() == 1 ? (Integer) 0 : asked;
    }

    /** The partition that the request names; null when it leaves that to the events. */
    static @Nullable Integer asked(Call call, Log log) {
        return call.query().has("partition")
                ? (Integer) (int) call.query().number("partition", 0, 0, log.partitions() - 1L)
                : null;
    }

    /** The partition that owned a key when the log had {@code asOf} of them. */
    static int owner(Log log, int asOf, byte[] key) {
        return log.owner(Slots.of(key), asOf);
    }

    /** Any partition, but the same one whenever {@code repeat} is: what is appended again must meet itself. */
    static int any(Log log, int asOf, @Nullable String repeat) {
        int slot = repeat == null ? ThreadLocalRandom.current().nextInt(Slots.COUNT) : Slots.of(repeat);
        return log.owner(slot, asOf);
    }

    /** Who numbers the append; null for nobody. */
    static AppendAllBody.@Nullable Producer producer(Call call) {
        String who = call.text(HeaderWords.PRODUCER);
        String number = call.text(HeaderWords.NUMBER);
        if (who == null && number == null) {
            return null;
        }
        if (who == null || number == null) {
            throw invalid("the headers " + HeaderWords.PRODUCER + " and " + HeaderWords.NUMBER + " come together");
        }
        int slash = who.lastIndexOf('/');
        if (slash < 1) {
            throw invalid("the header " + HeaderWords.PRODUCER + " is '" + Numbers.shorten(who)
                    + "', expected NAME/EPOCH, such as importer-1/3");
        }
        String name = producerName(who.substring(0, slash));
        try {
            return new AppendAllBody.Producer(
                    name,
                    Numbers.parse(
                            "the epoch in the header " + HeaderWords.PRODUCER,
                            who.substring(slash + 1).strip(),
                            0,
                            Long.MAX_VALUE),
                    Numbers.parse("the header " + HeaderWords.NUMBER, number.strip(), 0, Long.MAX_VALUE));
        } catch (MalformedException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
    }

    /** Names that begin with {@code $} are the platform's own. */
    static String producerName(String name) {
        if (name.startsWith("$")) {
            throw invalid("producer '" + Numbers.shorten(name) + "' begins with $: such names are the platform's own");
        }
        return name;
    }

    static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }
}
