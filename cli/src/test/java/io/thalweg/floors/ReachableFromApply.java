package io.thalweg.floors;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Every method of ours that applying a request may run, and the calls in them that could answer differently on another replica.
 *
 * <p>Starts at the methods of all classes of a given type and follows calls, each to the named method and to all that override
 * it. This sees more than can really happen, never less, but for two things: it stops at the ports given as boundaries, and
 * code that only the JDK calls (a comparator, {@code equals} from within a map) is seen where its lambda or class is made or
 * not at all.
 */
final class ReachableFromApply {
    private static final Set<String> CLOCKS = Set.of("now", "currentTimeMillis", "nanoTime", "systemUTC", "system");

    private static final Set<String> UNORDERED = Set.of(
            "java.util.HashMap",
            "java.util.HashSet",
            "java.util.Map",
            "java.util.IdentityHashMap",
            "java.util.WeakHashMap",
            "java.util.concurrent.ConcurrentHashMap",
            "java.util.concurrent.ConcurrentMap");

    private static final Set<String> ITERATION = Set.of(
            "iterator",
            "entrySet",
            "keySet",
            "values",
            "forEach",
            "stream",
            "parallelStream",
            "replaceAll",
            "toString");

    private final JavaClasses classes;
    private final Set<String> boundaries;

    /** How each reached method was reached: itself, then its caller. */
    private final Map<JavaCodeUnit, List<JavaCodeUnit>> reached = new LinkedHashMap<>();

    ReachableFromApply(JavaClasses classes, Class<?> machine, Set<String> boundaries) {
        this.classes = classes;
        this.boundaries = boundaries;
        follow(machine);
    }

    Set<String> methods() {
        Set<String> names = new TreeSet<>();
        reached.keySet().forEach(unit -> names.add(unit.getFullName()));
        return names;
    }

    /** One line for each call that is not allowed: what, where, and through which method it was reached. */
    Set<String> offences() {
        Set<String> offences = new TreeSet<>();
        reached.forEach((unit, callers) -> unit.getAccessesFromSelf().stream()
                .filter(access -> forbidden(
                        access.getTargetOwner().getFullName(),
                        access.getTarget().getName()))
                .forEach(access -> offences.add(access.getTarget().getFullName() + " in " + unit.getFullName()
                        + access.getSourceCodeLocation() + path(callers))));
        return offences;
    }

    private static boolean forbidden(String owner, String method) {
        if (owner.startsWith("java.time.") && CLOCKS.contains(method)) {
            return true;
        }
        if (UNORDERED.contains(owner) && ITERATION.contains(method)) {
            return true;
        }
        return switch (owner) {
            case "java.lang.System" -> CLOCKS.contains(method) || method.equals("identityHashCode");
            case "java.lang.Math" -> method.equals("random");
            case "java.util.UUID" -> method.equals("randomUUID");
            case "java.util.Random",
                    "java.util.SplittableRandom",
                    "java.util.concurrent.ThreadLocalRandom",
                    "java.security.SecureRandom",
                    "java.lang.Thread",
                    "java.util.concurrent.ExecutorService",
                    "java.util.concurrent.Executor",
                    "java.util.concurrent.ForkJoinPool" -> true;
            case "java.util.concurrent.CompletableFuture" -> method.endsWith("Async");
            case "java.util.stream.Stream", "java.util.Collection" -> method.startsWith("parallel");
            default -> owner.startsWith("java.nio.file.Files") || owner.equals("java.nio.channels.FileChannel");
        };
    }

    private void follow(Class<?> machine) {
        Deque<JavaCodeUnit> open = new ArrayDeque<>();
        classes.stream()
                .filter(type -> type.isAssignableTo(machine) && !type.isInterface())
                .flatMap(type -> type.getMethods().stream())
                .filter(method ->
                        Set.of("apply", "publish", "save", "load", "owns").contains(method.getName()))
                .forEach(method -> {
                    reached.put(method, List.of());
                    open.add(method);
                });
        while (!open.isEmpty()) {
            JavaCodeUnit unit = open.remove();
            Stream.concat(unit.getCallsFromSelf().stream(), unit.getCodeUnitReferencesFromSelf().stream())
                    .map(JavaAccess::getTarget)
                    .filter(CodeUnitCallTarget.class::isInstance)
                    .map(CodeUnitCallTarget.class::cast)
                    .flatMap(this::implementations)
                    .filter(next -> !reached.containsKey(next))
                    .forEach(next -> {
                        reached.put(next, List.of(unit));
                        open.add(next);
                    });
        }
    }

    private Stream<JavaCodeUnit> implementations(CodeUnitCallTarget target) {
        JavaClass owner = target.getOwner();
        if (!owner.getPackageName().startsWith("io.thalweg") || boundaries.contains(owner.getFullName())) {
            return Stream.empty();
        }
        String[] parameters = target.getRawParameterTypes().stream()
                .map(JavaClass::getFullName)
                .toArray(String[]::new);
        return Stream.concat(
                        Stream.concat(Stream.of(owner), owner.getAllRawSuperclasses().stream()),
                        owner.getAllSubclasses().stream())
                .filter(type -> type.getPackageName().startsWith("io.thalweg"))
                .flatMap(type -> type.getCodeUnits().stream())
                .filter(unit -> unit.getName().equals(target.getName())
                        && List.of(parameters)
                                .equals(unit.getRawParameterTypes().stream()
                                        .map(JavaClass::getFullName)
                                        .toList()));
    }

    private static String path(List<JavaCodeUnit> callers) {
        return callers.isEmpty() ? "" : ", called by " + callers.getFirst().getFullName();
    }
}
