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
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        rooms.put("view", List.of("model", "ports", "log"));
        rooms.put("view.wasm", List.of("model", "ports", "log", "view"));
        rooms.put("view", List.of("model", "ports", "log", "index"));
        rooms.put("directory", List.of("model", "ports", "log", "shard"));
        rooms.put("client", List.of("model"));
        rooms.put(
                "server",
                List.of("model", "ports", "log", "ledger", "memo", "shard", "raft", "view", "view.wasm", "directory"));
        rooms.put("bench", List.of("model", "ports", "log", "ledger", "client"));
        rooms.put("testkit", List.of("model", "ports", "log", "ledger", "shard", "view", "directory"));
        rooms.put(
                "cli",
                List.of(
                        "model",
                        "ports",
                        "log",
                        "ledger",
                        "memo",
                        "shard",
                        "raft",
                        "view",
                        "directory",
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
    void ratisIsKnownToRaftAloneRocksToViewsAndIndexesAndJettyToTheServer() {
        knownOnlyIn("org.apache.ratis..", "raft").check(HOUSE);
        knownOnlyIn("org.rocksdb..", "view", "index").check(HOUSE);
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
