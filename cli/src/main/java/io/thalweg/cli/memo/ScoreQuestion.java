package io.thalweg.cli.memo;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.memo.durability.DomainRates;
import io.thalweg.memo.durability.DurabilityScore;
import io.thalweg.memo.durability.Holder;
import io.thalweg.memo.durability.Loss;
import io.thalweg.memo.durability.Silence;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The file of {@code thalweg durability score}. What is left out has the default of the definition: a beat every ten seconds, one in
 * twenty lost; an outage a week, over in an hour. A file without domains says that nothing fails together.
 */
record ScoreQuestion(DurabilityScore score, List<Holder> holders) {
    /** Digits in an answer. */
    private static final MathContext DIGITS = new MathContext(10);

    private static final int HOLDERS_MAX = 100_000;

    static ScoreQuestion parse(JsonNode file) {
        known(
                "the file",
                file,
                Set.of("horizon_seconds", "beat", "outage_rate", "return_rate", "common_cause", "domains", "holders"));
        JsonNode beat = file.path("beat");
        if (!beat.isMissingNode()) {
            known("beat", beat, Set.of("tau", "loss"));
        }
        Silence silence = new Silence(
                number("beat", beat, "tau", Silence.DEFAULT.beatSeconds()),
                number("beat", beat, "loss", Silence.DEFAULT.beatLoss()),
                number("the file", file, "outage_rate", Silence.DEFAULT.outageRate()),
                number("the file", file, "return_rate", Silence.DEFAULT.returnRate()));
        Map<String, Double> rates = new HashMap<>();
        for (JsonNode domain : array(file, "domains")) {
            known("a domain", domain, Set.of("path", "rate"));
            String path = text("a domain", domain, "path");
            if (rates.put(path, number("domain " + path, domain, "rate", null)) != null) {
                throw new Failure("domain " + path + " is given twice");
            }
        }
        double beta = number("the file", file, "common_cause", rates.isEmpty() ? 0 : DomainRates.BETA_DEFAULT);
        List<Holder> holders = new ArrayList<>();
        for (JsonNode holder : array(file, "holders")) {
            known("a holder", holder, Set.of("domain", "lifetime_seconds", "silent_seconds", "error"));
            String name = "holder " + (holders.size() + 1);
            String domain = holder.path("domain").isString() ? text(name, holder, "domain") : null;
            holders.add(new Holder(
                    domain,
                    1 / number(name, holder, "lifetime_seconds", null),
                    number(name, holder, "silent_seconds", 0.0),
                    number(name, holder, "error", 0.0)));
        }
        if (holders.size() > HOLDERS_MAX) {
            throw new Failure("there are " + holders.size() + " holders, at most " + HOLDERS_MAX + " are calculated");
        }
        double horizon = number("the file", file, "horizon_seconds", null);
        return new ScoreQuestion(new DurabilityScore(silence, new DomainRates(rates, beta), horizon), holders);
    }

    /** {@code {"loss","nines","annual_loss"}}, ten significant digits each. */
    ObjectNode answer() {
        Loss loss = score.loss(holders);
        return Api.JSON
                .createObjectNode()
                .put("loss", loss.decimal(DIGITS))
                .put("nines", new BigDecimal(loss.nines()).round(DIGITS))
                .put("annual_loss", new BigDecimal(loss.annual(score.horizonSeconds())).round(DIGITS));
    }

    private static void known(String what, JsonNode object, Set<String> names) {
        if (!object.isObject()) {
            throw new Failure(what + " is " + object + ", expected an object with "
                    + String.join(", ", names.stream().sorted().toList()));
        }
        for (String name : object.propertyNames()) {
            if (!names.contains(name)) {
                throw new Failure(what + " has the field " + name + ", known are "
                        + String.join(", ", names.stream().sorted().toList()));
            }
        }
    }

    private static JsonNode array(JsonNode file, String name) {
        JsonNode array = file.path(name);
        if (!array.isArray() && !array.isMissingNode()) {
            throw new Failure(name + " is " + array + ", expected a list");
        }
        return array;
    }

    private static String text(String what, JsonNode object, String name) {
        JsonNode value = object.path(name);
        if (!value.isString()) {
            throw new Failure(what + " has " + name + " = " + value + ", expected text");
        }
        return value.asString();
    }

    private static double number(String what, JsonNode object, String name, @Nullable Double otherwise) {
        JsonNode value = object.path(name);
        if (value.isMissingNode() && otherwise != null) {
            return otherwise;
        }
        if (!value.isNumber()) {
            throw new Failure(what + " has " + name + " = " + (value.isMissingNode() ? "nothing" : value)
                    + ", expected a number");
        }
        return value.asDouble();
    }
}
