package io.thalweg.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryResult;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.Reply;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Random commands against {@link DirectoryModel}, with reloads from snapshots in between. */
final class DirectoryPropertyTest {
    private static final int SEEDS = 12;
    private static final int COMMANDS = 1_000;

    @Test
    void decidesAndRemembersAsTheSimpleModelDoes() {
        long first = Long.getLong("thalweg.seed", new Random().nextLong());
        Map<String, Integer> outcomes = new TreeMap<>();
        for (long seed = first; seed < first + SEEDS; seed++) {
            try {
                run(seed, outcomes);
            } catch (AssertionError e) {
                throw new AssertionError("replay with -Dthalweg.seed=" + seed, e);
            }
        }
        System.out.println("seed " + first + ": " + outcomes);
        // a generator that stops reaching a command makes the property empty
        Set<Class<?>> elsewhere = Set.of( // JavaViewRulesTest, LogSplitTest and FullNamesTest have them
                DirectoryCommand.CreateLogWith.class,
                DirectoryCommand.DeployJavaView.class,
                DirectoryCommand.DeployBeside.class,
                DirectoryCommand.DeployRolling.class,
                DirectoryCommand.ChangeViewOptions.class,
                DirectoryCommand.NoteRepair.class,
                DirectoryCommand.ConfirmTakeover.class,
                DirectoryCommand.RebuildView.class,
                DirectoryCommand.SplitLog.class,
                DirectoryCommand.NameFull.class,
                DirectoryCommand.AllowJavaViews.class);
        for (Class<?> command : DirectoryCommand.class.getPermittedSubclasses()) {
            if (elsewhere.contains(command)) {
                continue;
            }
            assertThat(outcomes).containsKey(command.getSimpleName() + " done");
        }
    }

    private static void run(long seed, Map<String, Integer> outcomes) {
        Random random = new Random(seed);
        RandomCommands commands = new RandomCommands(seed);
        DirectoryFixture fixture = new DirectoryFixture();
        DirectoryFixture unbroken = new DirectoryFixture();
        DirectoryModel model = new DirectoryModel(fixture.streams::head);
        for (int step = 0; step < COMMANDS; step++) {
            switch (random.nextInt(8)) {
                case 0 -> grow(random, fixture, unbroken);
                case 1 -> {
                    long passedNs = random.nextInt(4) == 0 ? random.nextLong(3 * 86_400_000_000_000L) : 500_000_000L;
                    // within the month, so that the meters never start anew
                    if (Usage.cycleOf(fixture.streams.nowNs + passedNs) == Usage.cycleOf(fixture.streams.nowNs)) {
                        fixture.streams.nowNs += passedNs;
                        unbroken.streams.nowNs += passedNs;
                    }
                }
                case 2 -> {
                    byte[] saved = fixture.save();
                    Map<String, Object> indexes = indexes(fixture.directory());
                    fixture.machine = DirectoryFixture.load(saved, fixture.streams);
                    assertThat(fixture.save()).isEqualTo(saved);
                    assertThat(indexes(fixture.directory())).isEqualTo(indexes);
                }
                default -> {}
            }
            TenantId tenant = commands.tenant();
            Actor actor = commands.actor(fixture.directory(), tenant);
            DirectoryCommand command =
                    commands.next(fixture.directory(), tenant, fixture.streams.nowNs, components(fixture, tenant));
            if (command instanceof DirectoryCommand.AcceptInvitation accept && random.nextInt(8) > 0) {
                actor = new Actor.OfUser(accept.user());
            }
            long before = fixture.directory().version();
            Reply reply = fixture.run(tenant, actor, command);
            unbroken.run(tenant, actor, command);
            ErrorCode expected = model.apply(tenant, actor, command, fixture.streams.nowNs, before + 1);
            ErrorCode actual = reply instanceof Reply.Refused refused ? refused.code() : null;
            assertThat(actual)
                    .as("%s by %s in %s: %s", command, actor, tenant, reply)
                    .isEqualTo(expected);
            assertThat(
                            reply instanceof Reply.Done done
                                    ? DirectoryResult.decode(done.result()).version()
                                    : fixture.directory().version() + 1)
                    .isEqualTo(before + 1);
            assertThat(fixture.directory().pending()).isEmpty();
            outcomes.merge(
                    command.getClass().getSimpleName() + " " + (actual == null ? "done" : actual.text()),
                    1,
                    Integer::sum);
            if (step % 5 == 0) {
                assertThat(DirectoryModel.render(fixture.directory(), fixture.streams.nowNs))
                        .as("after %s", command)
                        .isEqualTo(model.render(fixture.streams.nowNs));
            }
            if (step % 10 == 0) {
                compareLookups(fixture, model);
                streamsAndLedgersAreThoseOfTheDirectory(fixture);
            }
        }
        assertThat(fixture.save()).isEqualTo(unbroken.save());
    }

    /** What is kept only to find things fast: built up by commands, it must be what loading builds from nothing. */
    private static Map<String, Object> indexes(Directory directory) {
        Map<String, Object> indexes = new TreeMap<>();
        directory.tenantNames.forEach((name, tenant) -> indexes.put("tenant " + name, tenant));
        directory.logOwners.forEach((log, tenant) -> indexes.put("log " + log, tenant));
        directory.ledgerOwners.forEach((ledger, tenant) -> indexes.put("ledger " + ledger, tenant));
        directory.load.forEach((shard, load) -> indexes.put("load " + shard, load));
        directory.viewOwners.forEach((view, tenant) -> indexes.put("view " + view, tenant));
        directory.keySecrets.forEach((prefix, owners) -> indexes.put("key " + prefix, Set.copyOf(owners)));
        directory.invitationTokens.forEach((prefix, owners) -> indexes.put("token " + prefix, Set.copyOf(owners)));
        directory.emails.forEach((email, tenants) -> indexes.put("email " + email, tenants));
        for (Tenant tenant : directory.tenants()) {
            tenant.logs.byName().forEach((name, log) -> indexes.put(tenant.id() + " log " + name, log));
            tenant.views.byName().forEach((name, view) -> indexes.put(tenant.id() + " view " + name, view));
            tenant.users.byName().forEach((email, user) -> indexes.put(tenant.id() + " user " + email, user));
        }
        return indexes;
    }

    /** Appends to some log as clients and uploads do. */
    private static void grow(Random random, DirectoryFixture fixture, DirectoryFixture unbroken) {
        if (fixture.directory().tenants().isEmpty()) {
            return;
        }
        boolean upload = random.nextBoolean();
        StreamId[] all = fixture.directory().tenants().stream()
                .flatMap(tenant -> upload
                        ? Stream.of(StreamId.of(tenant.reserved().components()))
                        : tenant.logs().stream().flatMap(log -> log.streams().stream()))
                .toArray(StreamId[]::new);
        StreamId chosen = all[random.nextInt(all.length)];
        for (int i = 0; i < 4; i++) {
            fixture.streams.append(chosen, Event.of(new byte[0]));
            unbroken.streams.append(chosen, Event.of(new byte[0]));
        }
    }

    private static long components(DirectoryFixture fixture, TenantId tenant) {
        return fixture.directory()
                .tenant(tenant)
                .map(found -> fixture.streams.head(StreamId.of(found.reserved().components())))
                .orElse(0L);
    }

    private static void compareLookups(DirectoryFixture fixture, DirectoryModel model) {
        Directory directory = fixture.directory();
        long nowNs = fixture.streams.nowNs;
        for (int i = 0; i < RandomCommands.SECRETS; i++) {
            SecretHash secret = DirectoryFixture.secret(i);
            assertThat(directory
                            .keyBySecret(secret, nowNs)
                            .map(owner ->
                                    owner.tenant().id() + " " + owner.key().id()))
                    .isEqualTo(model.opens(secret, nowNs));
            Set<String> invited = model.invited(secret, nowNs);
            Optional<String> found = directory
                    .invitationByToken(secret, nowNs)
                    .map(open -> open.tenant().id() + " " + open.invitation().id());
            assertThat(found.isPresent()).isEqualTo(!invited.isEmpty());
            found.ifPresent(one -> assertThat(invited).contains(one));
        }
        for (String email : RandomCommands.EMAILS) {
            Set<String> members = directory.tenants().stream()
                    .filter(tenant -> tenant.users().stream()
                            .anyMatch(user -> user.email().equals(email)))
                    .map(tenant -> tenant.id().toString())
                    .collect(Collectors.toSet());
            assertThat(directory.usersByEmail(email.toUpperCase(java.util.Locale.ROOT)).stream()
                            .map(membership -> membership.tenant().id().toString())
                            .collect(Collectors.toSet()))
                    .isEqualTo(members);
        }
    }

    private static void streamsAndLedgersAreThoseOfTheDirectory(DirectoryFixture fixture) {
        Set<String> expected = new TreeSet<>();
        for (Tenant tenant : fixture.directory().tenants()) {
            tenant.logs().forEach(log -> log.streams().forEach(stream -> expected.add(tenant.id() + " " + stream)));
        }
        Set<String> actual = new TreeSet<>();
        fixture.streams.streams.forEach((id, stream) -> actual.add(stream.tenant + " " + id));
        assertThat(actual).isEqualTo(expected);
        Map<LedgerId, TenantId> ledgers = new TreeMap<>();
        for (Tenant tenant : fixture.directory().tenants()) {
            tenant.ledgers().forEach(ledger -> ledgers.put(ledger.id(), tenant.id()));
        }
        assertThat(fixture.streams.ledgers).isEqualTo(ledgers);
    }
}
