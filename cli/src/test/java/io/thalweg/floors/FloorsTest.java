package io.thalweg.floors;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The house of design.md as a test: a module sees only those below it. Maven's module graph says the same, but a module could
 * reach through a transitive dependency, and a package could slip into a module whose name it does not bear.
 */
final class FloorsTest {
    private static final String ROOT = "io.thalweg";

    /**
     * Each room and the rooms that it may see. A room is a package below {@code io.thalweg} with all that is in it, except what has a
     * room of its own.
     */
    private static final Map<String, List<String>> MAY_SEE = plan();

    private static Map<String, List<String>> plan() {
        Map<String, List<String>> rooms = new LinkedHashMap<>();
        rooms.put("model", List.of());
        rooms.put("ports", List.of());
        rooms.put("log", List.of("model", "ports"));
        rooms.put("ledger", List.of("model", "ports"));
        rooms.put("memo", List.of("model", "ports"));
        rooms.put("index", List.of("model", "ports"));
        rooms.put("shard", List.of("model", "ports", "log", "ledger"));
        rooms.put("raft", List.of("model", "ports", "log", "shard"));
        rooms.put("view", List.of("model", "ports", "log", "index"));
        rooms.put("view.wasm", List.of("model", "ports", "log", "view"));
        rooms.put("view.java", List.of("model", "ports", "log", "index", "view"));
        rooms.put("directory", List.of("model", "ports", "log", "shard"));
        rooms.put("cluster", List.of("model", "ports", "log", "ledger", "shard", "raft", "directory"));
        rooms.put("client", List.of("model"));
        rooms.put(
                "server",
                List.of(
                        "model",
                        "ports",
                        "log",
                        "ledger",
                        "memo",
                        "index",
                        "shard",
                        "raft",
                        "view",
                        "view.wasm",
                        "view.java",
                        "directory",
                        "cluster"));
        rooms.put("bench", List.of("model", "ports", "log", "ledger", "memo", "index", "view.java", "client"));
        rooms.put("testkit", List.of("model", "ports", "log", "ledger", "shard", "view", "directory"));
        rooms.put(
                "cli",
                List.of(
                        "model",
                        "ports",
                        "log",
                        "ledger",
                        "memo",
                        "index",
                        "shard",
                        "raft",
                        "view",
                        "view.java",
                        "directory",
                        "cluster",
                        "client",
                        "server",
                        "bench"));
        return rooms;
    }

    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    @Test
    void aRoomSeesOnlyTheRoomsBelowIt() {
        MAY_SEE.forEach((room, seen) -> seesOnly(room, seen).check(HOUSE));
    }

    @Test
    void everyClassIsInARoomOfThePlan() {
        List<String> homeless = HOUSE.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> MAY_SEE.keySet().stream().noneMatch(room -> in(ROOT + "." + room, name)))
                .distinct()
                .toList();
        assertThat(homeless).as("packages that no room of FloorsTest has").isEmpty();
        assertThat(HOUSE.stream().filter(type -> in(ROOT + ".shard", type.getPackageName())))
                .as("the test sees the code at all")
                .isNotEmpty();
    }

    @Test
    void noPackagesGoInCircles() {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(HOUSE);
    }

    @Test
    void theModelDependsOnTheJdkAlone() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".model..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages(ROOT + ".model..", "java..", "org.jspecify.annotations")
                .check(HOUSE);
    }

    @Test
    void ratisIsKnownToRaftAloneRocksToIndexesAndJettyToTheServer() {
        knownOnlyIn("org.apache.ratis..", "raft").check(HOUSE);
        knownOnlyIn("org.rocksdb..", "index").check(HOUSE);
        knownOnlyIn("run.endive..", "view.wasm").check(HOUSE);
        knownOnlyIn("org.eclipse.jetty..", "server").check(HOUSE);
        knownOnlyIn("io.helidon..", "nowhere").check(HOUSE);
        knownOnlyIn("org.apache.kafka..", "nowhere").check(HOUSE);
    }

    @Test
    void aRuleThatIsBrokenIsReported() {
        JavaClasses guilty = new ClassFileImporter().importPackages(ROOT + ".floors", ROOT + ".model");
        assertThat(seesOnly("floors", List.of()).evaluate(guilty).hasViolation())
                .as("floors sees model, and the rule forbids it here")
                .isTrue();
    }

    /** The table of modules in docs/architecture.md: a module is a room, whose points are hyphens there. */
    @Test
    void theDocumentsTableOfModulesIsThePlan() throws IOException {
        Pattern row = Pattern.compile("^\\| `([a-z-]+)` \\| [^|]+ \\| ([^|]*) \\|$");
        Map<String, Set<String>> told = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("..", "docs", "architecture.md"))) {
            Matcher found = row.matcher(line);
            if (found.matches()) {
                told.put(found.group(1), new TreeSet<>(List.of(found.group(2).split(",? "))));
            }
        }
        Map<String, Set<String>> planned = new TreeMap<>();
        MAY_SEE.forEach((room, seen) -> {
            Set<String> names = new TreeSet<>();
            seen.forEach(name -> names.add(name.replace('.', '-')));
            planned.put(room.replace('.', '-'), names.isEmpty() ? Set.of("none") : names);
        });
        assertThat(told).isEqualTo(planned);
    }

    private static ArchRule seesOnly(String room, List<String> seen) {
        DescribedPredicate<JavaClass> forbidden = DescribedPredicate.describe(
                "of another room than " + seen,
                type -> in(ROOT, type.getPackageName()) && !room(type).equals(room) && !seen.contains(room(type)));
        return noClasses()
                .that(areIn(room))
                .should()
                .dependOnClassesThat(forbidden)
                .allowEmptyShould(true);
    }

    private static DescribedPredicate<JavaClass> areIn(String... rooms) {
        List<String> wanted = List.of(rooms);
        return DescribedPredicate.describe("are in " + wanted, type -> wanted.contains(room(type)));
    }

    /** The innermost room that a class is in; its package where there is none. */
    private static String room(JavaClass type) {
        return MAY_SEE.keySet().stream()
                .filter(room -> in(ROOT + "." + room, type.getPackageName()))
                .max(Comparator.comparingInt(String::length))
                .orElse(type.getPackageName().replace(ROOT + ".", ""));
    }

    private static ArchRule knownOnlyIn(String library, String... rooms) {
        return noClasses()
                .that(DescribedPredicate.not(areIn(rooms)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }

    private static boolean in(String parent, String name) {
        return name.equals(parent) || name.startsWith(parent + ".");
    }
}
