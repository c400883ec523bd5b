package io.thalweg.examples;

import static io.thalweg.index.path.Maps.key;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Counts the words of the log {@code lines}, lower-cased runs of letters and digits of any script, each by hop to the word. */
public final class WordCount implements View {
    public static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");

    @Override
    public void declare(Declaration view) {
        view.index(COUNTS);
        Source.Hop<String> words = view.hop(
                "words",
                Codec.text(),
                word -> word,
                (step, word) -> step.index(COUNTS).at(key(word)).update(count -> count == null ? 1 : count + 1));
        view.log(
                "lines",
                Codec.text(),
                (step, line) -> WORD.matcher(line.toLowerCase(Locale.ROOT))
                        .results()
                        .forEach(word -> step.hop(words, word.group())));
    }
}
