package io.thalweg.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.ContentHash;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.Reply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class AuditTest {
    private static final Set<Class<?>> UNAUDITED = Set.of(
            DirectoryCommand.ReportUsage.class,
            DirectoryCommand.OpenShards.class,
            // Is no tenant's: ClusterRulesTest has its trail.
            DirectoryCommand.ChangeCluster.class,
            DirectoryCommand.Confirm.class);

    @Test
    void eachSuccessLeavesExactlyOneEventAndARefusalNone() {
        long seed = Long.getLong("thalweg.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        RandomCommands commands = new RandomCommands(seed);
        DirectoryFixture fixture = new DirectoryFixture();
        int succeeded = 0;
        for (int step = 0; step < 20_000; step++) {
            TenantId tenant = commands.tenant();
            fixture.directory().tenant(tenant).ifPresent(_ -> fixture.upload(tenant, 1));
            Actor actor = commands.actor(fixture.directory(), tenant);
            DirectoryCommand command = commands.next(fixture.directory(), tenant, fixture.streams.nowNs, 5);
            StreamId log = StreamId.of(
                    command instanceof DirectoryCommand.CreateTenant create && !exists(fixture, tenant)
                            ? create.reserved().audit()
                            : audit(fixture, tenant));
            int before = fixture.streams.events(log).size();
            boolean done = fixture.run(tenant, actor, command) instanceof Reply.Done;
            List<Event> after = fixture.streams.events(log);
            boolean audited = done && !UNAUDITED.contains(command.getClass());
            assertThat(after).as("%s", command).hasSize(before + (audited ? 1 : 0));
            if (audited) {
                succeeded++;
                assertThat(after.getLast().contentType()).isEqualTo("application/json");
                assertThat(text(after.getLast())).startsWith("{\"action\":\"").contains(who(actor));
            }
        }
        assertThat(succeeded).isGreaterThan(2_000);
        fixture.streams.streams.forEach((_, stream) -> stream.events.forEach(AuditTest::holdsNoSecret));
        fixture.streams.graves.values().forEach(events -> events.forEach(AuditTest::holdsNoSecret));
    }

    @Test
    void anEventIsThisVeryText() {
        DirectoryFixture fixture = new DirectoryFixture();
        TenantId tenant = fixture.tenant(0);
        fixture.done(
                tenant,
                Actor.operator(),
                new DirectoryCommand.CreateLog(DirectoryFixture.logId(1), "näh \"q\" \\", 2, 0, new Retention(60, 0)));
        assertThat(text(fixture.audit(tenant).getLast()))
                .isEqualTo("{\"action\":\"log.create\",\"actor_kind\":\"operator\","
                        + "\"log_id\":\"00000000-0000-0109-0000-000000000001\",\"name\":\"näh \\\"q\\\" \\\\\","
                        + "\"partitions\":2,\"shard\":0,\"max_age_seconds\":60,\"max_bytes\":0}");
    }

    @Test
    void aSkippedEventLeavesItsCopyAmongTheDeadLetters() {
        DirectoryFixture fixture = new DirectoryFixture();
        TenantId tenant = fixture.tenant(0);
        fixture.done(
                tenant,
                Actor.operator(),
                new DirectoryCommand.CreateLog(DirectoryFixture.logId(1), "orders", 1, 0, Retention.FOREVER));
        fixture.done(
                tenant,
                Actor.operator(),
                new DirectoryCommand.DeployView(
                        DirectoryFixture.viewId(1),
                        DirectoryFixture.logId(1),
                        "totals",
                        DirectoryFixture.code(fixture.upload(tenant, 1))));
        byte[] poison = {0, 1, 2};
        fixture.streams.append(StreamId.of(DirectoryFixture.logId(1)), Event.of(poison));
        fixture.done(
                tenant,
                Actor.operator(),
                new DirectoryCommand.SkipEvent(
                        DirectoryFixture.viewId(1), 1, 0, 1, "unreachable executed", Event.of(poison)));

        List<Event> letters =
                fixture.streams.events(StreamId.of(DirectoryFixture.reserved(0).deadLetters()));
        assertThat(letters).singleElement().extracting(Event::payload).isEqualTo(poison);
        assertThat(text(fixture.audit(tenant).getLast()))
                .contains("view.skip")
                .contains("\"sequence\":1")
                .contains("unreachable executed");
    }

    private static void holdsNoSecret(Event event) {
        String text = text(event);
        assertThat(text).doesNotContain(RandomCommands.PASSWORD).doesNotContain("secret-");
        for (int i = 0; i < RandomCommands.SECRETS; i++) {
            ContentHash digest = DirectoryFixture.secret(i).digest();
            assertThat(text).doesNotContain(digest.hex());
            String raw = new String(digest.toBytes(), StandardCharsets.ISO_8859_1);
            assertThat(new String(event.payload(), StandardCharsets.ISO_8859_1)).doesNotContain(raw);
        }
    }

    private static String who(Actor actor) {
        return switch (actor) {
            case Actor.Operator _ -> "\"actor_kind\":\"operator\"";
            case Actor.OfKey(var key) -> "\"actor_kind\":\"key\",\"actor_id\":\"" + key + "\"";
            case Actor.OfUser(var user) -> "\"actor_kind\":\"user\",\"actor_id\":\"" + user + "\"";
        };
    }

    private static boolean exists(DirectoryFixture fixture, TenantId tenant) {
        return fixture.directory().tenant(tenant).isPresent();
    }

    private static io.thalweg.model.LogId audit(DirectoryFixture fixture, TenantId tenant) {
        return fixture.directory()
                .tenant(tenant)
                .map(found -> found.reserved().audit())
                .orElse(DirectoryFixture.logId(0));
    }

    private static String text(Event event) {
        return new String(event.payload(), StandardCharsets.UTF_8);
    }
}
