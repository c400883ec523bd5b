package io.thalweg.floors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every link of a page to a file of this repository, or to a heading in one, leads somewhere: a page that was never added is found here. */
final class LinksTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git", ".thalweg");
    private static final Pattern FENCED = Pattern.compile("^( *)```.*?^\\1```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern LINK = Pattern.compile("\\[[^\\]\\[]*]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.+?) *$", Pattern.MULTILINE);

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        List<Path> pages = pages();
        List<String> dead = new ArrayList<>();
        int followed = 0;
        for (Path page : pages) {
            for (String link : links(prose(page))) {
                if (URI.create(link).isAbsolute()) {
                    continue;
                }
                followed++;
                int hash = link.indexOf('#');
                String file = hash < 0 ? link : link.substring(0, hash);
                Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
                boolean leads = Files.exists(target)
                        && (hash < 0
                                || !target.toString().endsWith(".md")
                                || anchors(prose(target)).contains(link.substring(hash + 1)));
                if (!leads) {
                    dead.add(ROOT.relativize(page) + " -> " + link);
                }
            }
        }
        assertThat(dead).isEmpty();
        assertThat(followed).as("links that were followed").isGreaterThan(pages.size());
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files =
                Files.find(ROOT, 12, (path, what) -> path.toString().endsWith(".md") && what.isRegularFile())) {
            return files.filter(path -> {
                        for (Path part : ROOT.relativize(path)) {
                            if (NOT_OURS.contains(part.toString())) {
                                return false;
                            }
                        }
                        return true;
                    })
                    .sorted()
                    .toList();
        }
    }

    /** A page without what it shows as code, where brackets mean something else. */
    private static String prose(Path page) throws IOException {
        return FENCED.matcher(Files.readString(page, StandardCharsets.UTF_8))
                .replaceAll("")
                .replaceAll("`[^`\n]*\\[[^`\n]*`", "");
    }

    private static List<String> links(String prose) {
        return LINK.matcher(prose).results().map(found -> found.group(1)).toList();
    }

    /** The names that GitHub gives to headings: lower case, no punctuation, spaces as dashes, and a number for those that come again. */
    private static Set<String> anchors(String prose) {
        Set<String> names = new HashSet<>();
        HEADING.matcher(prose).results().forEach(found -> {
            String name = found.group(1)
                    .replaceAll("\\[([^\\]]*)]\\([^)]*\\)", "$1")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                    .replace(' ', '-');
            String unique = name;
            for (int again = 1; !names.add(unique); again++) {
                unique = name + "-" + again;
            }
        });
        return names;
    }
}
