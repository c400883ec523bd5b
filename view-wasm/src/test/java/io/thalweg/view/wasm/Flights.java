package io.thalweg.view.wasm;

import io.thalweg.model.event.Event;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** The 20,000 flights of the examples as events, and a recount of what the views should say of them. */
final class Flights {
    private static final Pattern FLIGHT =
            Pattern.compile(".*\"delay\":(-?\\d+),.*\"origin\":\"(\\w{3})\",\"destination\":\"(\\w{3})\"}");

    private Flights() {}

    /** All of them. */
    static final int COUNT = 20_000;

    private static List<String> lines() {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(Path.of("../examples/flights/flights-20k.ndjson.gz"))),
                StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first so many flights. */
    static Batch batch(int count) {
        return new Batch(
                1,
                lines().stream()
                        .limit(count)
                        .map(line -> Event.of(line.getBytes(StandardCharsets.UTF_8)))
                        .toList());
    }

    private record Airport(String code, List<Long> delays) {
        BigDecimal average() {
            long sum = delays.stream().mapToLong(Long::longValue).sum();
            return BigDecimal.valueOf(sum).divide(BigDecimal.valueOf(delays.size()), 30, RoundingMode.HALF_UP);
        }

        String json() {
            return "{\"airport\":\"" + code + "\",\"flights\":" + delays.size() + ",\"averageDelay\":"
                    + average().setScale(1, RoundingMode.HALF_UP) + ",\"worstDelay\":"
                    + delays.stream().mapToLong(Long::longValue).max().orElseThrow() + "}";
        }
    }

    /** What {@code delays} answers, the longest average first, recounted without it. */
    static List<String> delays() {
        Map<String, Airport> airports = new LinkedHashMap<>();
        for (String line : lines()) {
            Matcher flight = match(line);
            airports.computeIfAbsent(flight.group(2), code -> new Airport(code, new ArrayList<>()))
                    .delays
                    .add(Long.parseLong(flight.group(1)));
        }
        return airports.values().stream()
                .sorted(Comparator.comparing(Airport::average).reversed())
                .map(Airport::json)
                .collect(Collectors.toList());
    }

    /** The last of the first so many flights from each airport, in the order of the airports' codes. */
    static List<String> last(int count) {
        Map<String, String> last = new TreeMap<>();
        for (String line : lines().subList(0, count)) {
            last.put(match(line).group(2), line);
        }
        return List.copyOf(last.values());
    }

    private static Matcher match(String line) {
        Matcher flight = FLIGHT.matcher(line);
        if (!flight.matches()) {
            throw new AssertionError(line);
        }
        return flight;
    }
}
