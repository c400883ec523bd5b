package io.thalweg.directory;

import static io.thalweg.directory.DirectoryFixture.OPERATOR;
import static io.thalweg.directory.DirectoryFixture.code;
import static io.thalweg.directory.DirectoryFixture.invitationId;
import static io.thalweg.directory.DirectoryFixture.keyId;
import static io.thalweg.directory.DirectoryFixture.ledgerId;
import static io.thalweg.directory.DirectoryFixture.logId;
import static io.thalweg.directory.DirectoryFixture.reserved;
import static io.thalweg.directory.DirectoryFixture.secret;
import static io.thalweg.directory.DirectoryFixture.tenantId;
import static io.thalweg.directory.DirectoryFixture.userId;
import static io.thalweg.directory.DirectoryFixture.viewId;
import static io.thalweg.model.ErrorCode.ALREADY_EXISTS;
import static io.thalweg.model.ErrorCode.FORBIDDEN;
import static io.thalweg.model.ErrorCode.INVALID_REQUEST;
import static io.thalweg.model.ErrorCode.NOT_FOUND;
import static io.thalweg.model.ErrorCode.QUOTA_EXCEEDED;
import static io.thalweg.model.ErrorCode.TOO_LARGE;
import static io.thalweg.model.ErrorCode.UNAUTHENTICATED;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryResult;
import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules one by one, and each code of refusal at least once. */
final class DirectoryRulesTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final PasswordHash PASSWORD = new PasswordHash("hash");
    private static final Actor OWNER = new Actor.OfUser(userId(1));
    private static final Actor ADMIN = new Actor.OfUser(userId(2));
    private static final Actor MEMBER = new Actor.OfUser(userId(3));

    private final DirectoryFixture fixture = new DirectoryFixture();
    private final TenantId tenant = tenantId(1);

    @BeforeEach
    void aTenantWithThreeMembersAndALog() {
        fixture.tenant(1);
        done(OPERATOR, new DirectoryCommand.CreateUser(userId(1), "Owner@X.org", PASSWORD, Role.OWNER));
        done(OPERATOR, new DirectoryCommand.CreateUser(userId(2), "admin@x.org", PASSWORD, Role.ADMIN));
        done(OPERATOR, new DirectoryCommand.CreateUser(userId(3), "member@x.org", PASSWORD, Role.MEMBER));
        done(MEMBER, createLog(1, "orders"));
    }

    @Test
    void invitationsReachNoHigherThanWhoInvites() {
        refused(FORBIDDEN, MEMBER, invite(1, Role.MEMBER));
        refused(FORBIDDEN, OWNER, invite(1, Role.OWNER));
        done(ADMIN, invite(1, Role.ADMIN));
        refused(
                ALREADY_EXISTS,
                ADMIN,
                new DirectoryCommand.CreateInvitation(invitationId(2), "MEMBER@x.org", Role.MEMBER, secret(2)));
        refused(
                INVALID_REQUEST,
                ADMIN,
                new DirectoryCommand.CreateInvitation(invitationId(2), "no address", Role.MEMBER, secret(2)));
        adminKey(1);
        refused(FORBIDDEN, new Actor.OfKey(keyId(1)), invite(2, Role.MEMBER));
    }

    @Test
    void anInvitationIsGoodForSevenDaysAndOnce() {
        Actor guest = new Actor.OfUser(userId(9));
        done(ADMIN, invite(1, Role.MEMBER));
        done(ADMIN, invite(2, Role.MEMBER));
        refused(NOT_FOUND, guest, accept(1, 2, 9));
        refused(INVALID_REQUEST, ADMIN, accept(1, 1, 9));
        done(guest, accept(1, 1, 9));
        assertThat(tenant().user("GUEST@x.org").orElseThrow().role()).isEqualTo(Role.MEMBER);
        refused(NOT_FOUND, guest, accept(1, 1, 9));
        refused(ALREADY_EXISTS, new Actor.OfUser(userId(10)), accept(2, 2, 10));

        done(ADMIN, new DirectoryCommand.RemoveMember(userId(9)));
        fixture.streams.nowNs += Bounds.INVITATION_NS;
        assertThat(fixture.directory().invitationByToken(secret(2), fixture.streams.nowNs))
                .isEmpty();
        refused(NOT_FOUND, guest, accept(2, 2, 9));
    }

    @Test
    void theLastOwnerStaysAndAdminsDoNotTouchOwners() {
        refused(FORBIDDEN, OWNER, new DirectoryCommand.RemoveMember(userId(1)));
        refused(FORBIDDEN, OWNER, new DirectoryCommand.ChangeRole(userId(1), Role.ADMIN));
        refused(FORBIDDEN, OPERATOR, new DirectoryCommand.RemoveMember(userId(1)));
        refused(FORBIDDEN, ADMIN, new DirectoryCommand.ChangeRole(userId(2), Role.OWNER));
        refused(FORBIDDEN, ADMIN, new DirectoryCommand.RemoveMember(userId(1)));
        done(OWNER, new DirectoryCommand.ChangeRole(userId(2), Role.OWNER));
        done(OWNER, new DirectoryCommand.RemoveMember(userId(1)));
        refused(UNAUTHENTICATED, OWNER, createLog(2, "late"));
        refused(FORBIDDEN, ADMIN, new DirectoryCommand.RemoveMember(userId(2)));
        done(MEMBER, new DirectoryCommand.RemoveMember(userId(3)));
    }

    @Test
    void aPasswordIsChangedByItsOwnerAndVoidsTokens() {
        refused(FORBIDDEN, ADMIN, new DirectoryCommand.ChangePassword(userId(3), new PasswordHash("new")));
        done(MEMBER, new DirectoryCommand.ChangePassword(userId(3), new PasswordHash("new")));
        User user = tenant().user(userId(3)).orElseThrow();
        assertThat(user.password().text()).isEqualTo("new");
        assertThat(user.generation()).isEqualTo(2);
    }

    @Test
    void aKeyNeverOpensMoreThanItsMaker() {
        refused(FORBIDDEN, MEMBER, createKey(1, Role.MEMBER, 0, false, null));
        refused(FORBIDDEN, OWNER, createKey(1, Role.OWNER, 0, false, null));
        refused(FORBIDDEN, OPERATOR, createKey(1, Role.OWNER, 0, false, null));
        done(ADMIN, createKey(1, Role.ADMIN, fixture.streams.nowNs + 100 * SECOND_NS, false, null));
        Actor key = new Actor.OfKey(keyId(1));
        refused(FORBIDDEN, key, createKey(2, Role.ADMIN, 0, false, null));
        done(key, createKey(2, Role.ADMIN, fixture.streams.nowNs + 50 * SECOND_NS, true, null));
        refused(FORBIDDEN, new Actor.OfKey(keyId(2)), createLog(2, "read-only"));
        done(key, createKey(3, Role.ADMIN, fixture.streams.nowNs + 50 * SECOND_NS, false, List.of(logId(1))));
        Actor limited = new Actor.OfKey(keyId(3));
        refused(FORBIDDEN, limited, createKey(4, Role.MEMBER, fixture.streams.nowNs + SECOND_NS, false, null));
        refused(FORBIDDEN, limited, createLog(2, "other"));
        refused(FORBIDDEN, limited, new DirectoryCommand.RevokeKey(keyId(1)));
        done(OWNER, createLog(2, "other"));
        refused(FORBIDDEN, limited, new DirectoryCommand.DeleteLog(logId(2)));
        done(limited, new DirectoryCommand.ChangeRetention(logId(1), new Retention(1, 1)));
        refused(INVALID_REQUEST, ADMIN, createKey(4, Role.MEMBER, fixture.streams.nowNs, false, null));
        refused(INVALID_REQUEST, ADMIN, createKey(4, Role.MEMBER, 0, false, List.of()));
        refused(ALREADY_EXISTS, ADMIN, createKey(1, Role.MEMBER, 0, false, null));
        fixture.streams.nowNs += 200 * SECOND_NS;
        refused(UNAUTHENTICATED, key, createLog(3, "expired"));
        assertThat(fixture.directory().keyBySecret(secret(1), fixture.streams.nowNs))
                .isEmpty();
    }

    @Test
    void aKeyThatIsLimitedToADeletedLogReachesNothing() {
        done(ADMIN, createKey(1, Role.ADMIN, 0, false, List.of(logId(1))));
        done(ADMIN, new DirectoryCommand.DeleteLog(logId(1)));
        done(ADMIN, createLog(2, "orders"));
        refused(FORBIDDEN, new Actor.OfKey(keyId(1)), new DirectoryCommand.DeleteLog(logId(2)));
        Authority authority = tenant().authority(new Actor.OfKey(keyId(1)), fixture.streams.nowNs)
                .orElseThrow();
        assertThat(authority.mayAppend(tenant().log(logId(2)).orElseThrow())).isFalse();
    }

    @Test
    void aRotatedSecretIsGoodForItsGraceOnly() {
        adminKey(1);
        done(ADMIN, new DirectoryCommand.RotateKey(keyId(1), secret(21), 60));
        assertThat(opens(1)).isTrue();
        assertThat(opens(21)).isTrue();
        ApiKey key = tenant().key(keyId(1)).orElseThrow();
        assertThat(key.generationOf(secret(1))).isEqualTo(1);
        assertThat(key.generationOf(secret(21))).isEqualTo(2);
        assertThat(key.accepts(1, fixture.streams.nowNs)).isTrue();
        refused(ALREADY_EXISTS, ADMIN, new DirectoryCommand.RotateKey(keyId(1), secret(1), 0));

        fixture.streams.nowNs += 60 * SECOND_NS;
        assertThat(opens(1)).isFalse();
        assertThat(key.accepts(1, fixture.streams.nowNs)).isFalse();
        assertThat(key.accepts(2, fixture.streams.nowNs)).isTrue();

        done(new Actor.OfKey(keyId(1)), new DirectoryCommand.RotateKey(keyId(1), secret(22), 0));
        assertThat(opens(21)).isFalse();
        assertThat(opens(22)).isTrue();
        done(ADMIN, new DirectoryCommand.RevokeKey(keyId(1)));
        assertThat(opens(22)).isFalse();
        refused(UNAUTHENTICATED, new Actor.OfKey(keyId(1)), createLog(2, "revoked"));
        refused(INVALID_REQUEST, ADMIN, new DirectoryCommand.RotateKey(keyId(1), secret(23), -1));
    }

    @Test
    void namesOfLogsAreUniqueBoundedAndNotReserved() {
        refused(ALREADY_EXISTS, MEMBER, createLog(2, "orders"));
        refused(ALREADY_EXISTS, MEMBER, createLog(1, "same-id"));
        for (String name : List.of("", "$audit", "a/b", ".", "..", " a", "a ", "a\u0000", "x".repeat(256))) {
            refused(INVALID_REQUEST, MEMBER, createLog(2, name));
        }
        done(MEMBER, createLog(2, "x".repeat(255)));
        refused(INVALID_REQUEST, MEMBER, new DirectoryCommand.CreateLog(logId(3), "p", 0, 0, Retention.FOREVER));
        refused(INVALID_REQUEST, MEMBER, new DirectoryCommand.CreateLog(logId(3), "p", 1, 7, Retention.FOREVER));
        refused(FORBIDDEN, OPERATOR, new DirectoryCommand.DeleteLog(reserved(1).audit()));
        refused(
                FORBIDDEN,
                OPERATOR,
                new DirectoryCommand.ChangeRetention(reserved(1).audit(), new Retention(1, 1)));
        refused(FORBIDDEN, MEMBER, new DirectoryCommand.DeleteLog(logId(1)));
    }

    @Test
    void theIdOfADeletedLogNeverComesBack() {
        done(ADMIN, new DirectoryCommand.DeleteLog(logId(1)));
        int streams = fixture.streams.streams.size();
        // The directory has forgotten it; the shard, which refuses it, has not.
        done(MEMBER, createLog(1, "again"));
        assertThat(tenant().log(logId(1))).isEmpty();
        assertThat(fixture.directory().pending()).isEmpty();
        assertThat(fixture.streams.streams).hasSize(streams);
        done(MEMBER, createLog(2, "again"));
    }

    @Test
    void aTenantWhoseLogIdsWereUsedBeforeLeavesNoStreamBehind() {
        done(ADMIN, new DirectoryCommand.DeleteLog(logId(1)));
        int streams = fixture.streams.streams.size();
        ReservedLogs lastOneUsed = new ReservedLogs(logId(50), logId(51), logId(1));
        assertThat(fixture.refusal(
                        tenantId(2),
                        OPERATOR,
                        new DirectoryCommand.CreateTenant("second", TenantLimits.DEFAULT, lastOneUsed)))
                .contains(ALREADY_EXISTS);
        assertThat(fixture.streams.streams).hasSize(streams);
        assertThat(fixture.directory().tenant(tenantId(2))).isEmpty();
    }

    @Test
    void quotasOfLogsAndViewsHold() {
        done(OPERATOR, new DirectoryCommand.ChangeTenantLimits(new TenantLimits(null, 0, 2, 1)));
        done(MEMBER, createLog(2, "second"));
        refused(QUOTA_EXCEEDED, MEMBER, createLog(3, "third"));
        long chunk = fixture.upload(tenant, 1);
        done(MEMBER, new DirectoryCommand.DeployView(viewId(1), logId(1), "a", code(chunk)));
        refused(QUOTA_EXCEEDED, MEMBER, new DirectoryCommand.DeployView(viewId(2), logId(1), "b", code(chunk)));
        done(MEMBER, new DirectoryCommand.DeleteView(viewId(1)));
        done(MEMBER, new DirectoryCommand.DeployView(viewId(2), logId(1), "a", code(chunk)));
    }

    @Test
    void onlyTheOperatorMakesTenantsAndLimits() {
        refused(FORBIDDEN, OWNER, new DirectoryCommand.ChangeTenantLimits(TenantLimits.UNLIMITED));
        assertThat(fixture.refusal(
                        tenantId(2),
                        OWNER,
                        new DirectoryCommand.CreateTenant("mine", TenantLimits.DEFAULT, reserved(2))))
                .contains(FORBIDDEN);
        assertThat(fixture.refusal(
                        tenantId(2),
                        OPERATOR,
                        new DirectoryCommand.CreateTenant("tenant-1", TenantLimits.DEFAULT, reserved(2))))
                .contains(ALREADY_EXISTS);
        refused(FORBIDDEN, ADMIN, new DirectoryCommand.DeleteTenant());
        done(OWNER, new DirectoryCommand.DeleteTenant());
        assertThat(fixture.directory().tenant("tenant-1")).isEmpty();
        assertThat(fixture.directory().usersByEmail("owner@x.org")).isEmpty();
        assertThat(fixture.streams.streams).isEmpty();
    }

    @Test
    void aVersionTakesOverFromItsPredecessorAndGivesBack() {
        long chunk = fixture.upload(tenant, 40);
        done(MEMBER, new DirectoryCommand.DeployView(viewId(1), logId(1), "a", code(chunk)));
        refused(INVALID_REQUEST, MEMBER, new DirectoryCommand.RollBackView(viewId(1)));
        refused(ALREADY_EXISTS, MEMBER, new DirectoryCommand.DeployView(viewId(2), logId(1), "a", code(chunk)));
        assertThat(done(MEMBER, new DirectoryCommand.DeployVersion(viewId(1), code(chunk)))
                        .viewVersion())
                .isEqualTo(2);
        assertVersions(1, 2, 0);
        refused(INVALID_REQUEST, OPERATOR, new DirectoryCommand.ActivateVersion(viewId(1), 1));
        done(OPERATOR, new DirectoryCommand.ActivateVersion(viewId(1), 2));
        assertVersions(2, 0, 1);
        refused(INVALID_REQUEST, OPERATOR, new DirectoryCommand.ActivateVersion(viewId(1), 2));
        done(MEMBER, new DirectoryCommand.RollBackView(viewId(1)));
        assertVersions(1, 0, 2);
        done(MEMBER, new DirectoryCommand.DeployVersion(viewId(1), code(chunk)));
        assertVersions(1, 3, 2);
        done(MEMBER, new DirectoryCommand.RollBackView(viewId(1)));
        assertVersions(1, 0, 2);
        done(MEMBER, new DirectoryCommand.PauseView(viewId(1)));
        assertThat(view().wanted()).isEqualTo(View.Wanted.PAUSED);
    }

    @Test
    void oldVersionsMakeRoomAndTheirBytesAreLetGo() {
        StreamId components = StreamId.of(reserved(1).components());
        done(MEMBER, new DirectoryCommand.DeployView(viewId(1), logId(1), "a", code(fixture.upload(tenant, 1))));
        for (int i = 0; i < 40; i++) {
            done(MEMBER, new DirectoryCommand.DeployVersion(viewId(1), code(fixture.upload(tenant, 1))));
        }
        assertThat(view().versions()).hasSize(View.MAX_VERSIONS);
        assertVersions(1, 41, 0);
        assertThat(java.util.Objects.requireNonNull(fixture.streams.streams.get(components)).first)
                .as("version 1 is active and keeps its bytes")
                .isEqualTo(1);

        done(OPERATOR, new DirectoryCommand.ActivateVersion(viewId(1), 41));
        done(MEMBER, new DirectoryCommand.DeployVersion(viewId(1), code(fixture.upload(tenant, 1))));
        done(OPERATOR, new DirectoryCommand.ActivateVersion(viewId(1), 42));
        done(MEMBER, new DirectoryCommand.DeployVersion(viewId(1), code(fixture.upload(tenant, 1))));
        assertThat(view().versions().getFirst().number()).isGreaterThan(1);
        long first = java.util.Objects.requireNonNull(fixture.streams.streams.get(components)).first;
        assertThat(first)
                .isEqualTo(view().versions().getFirst().code().firstChunk())
                .isGreaterThan(1);
        refused(INVALID_REQUEST, MEMBER, new DirectoryCommand.DeployVersion(viewId(1), code(first - 1)));
    }

    @Test
    void aComponentMustBeStoredAndWithinItsBounds() {
        long chunk = fixture.upload(tenant, 1);
        refused(INVALID_REQUEST, MEMBER, deploy(code(chunk + 1)));
        refused(INVALID_REQUEST, MEMBER, deploy(sized(chunk, 2 << 20, 2)));
        refused(INVALID_REQUEST, MEMBER, deploy(sized(chunk, 10, 2)));
        refused(INVALID_REQUEST, MEMBER, deploy(sized(Long.MAX_VALUE, 10, 1)));
        refused(INVALID_REQUEST, MEMBER, deploy(sized(chunk, 0, 0)));
        refused(TOO_LARGE, MEMBER, deploy(sized(chunk, (100 << 20) + 1, 101)));
        done(MEMBER, deploy(sized(chunk, 10, 1)));
    }

    @Test
    void viewsOverTheAuditLogAreForAdmins() {
        long chunk = fixture.upload(tenant, 1);
        LogId audit = reserved(1).audit();
        refused(FORBIDDEN, MEMBER, new DirectoryCommand.DeployView(viewId(1), audit, "a", code(chunk)));
        done(ADMIN, new DirectoryCommand.DeployView(viewId(1), audit, "a", code(chunk)));
        refused(FORBIDDEN, MEMBER, new DirectoryCommand.DeleteView(viewId(1)));
        Log log = tenant().log(audit).orElseThrow();
        long nowNs = fixture.streams.nowNs;
        assertThat(tenant().authority(MEMBER, nowNs).orElseThrow().mayRead(log)).isFalse();
        assertThat(tenant().authority(ADMIN, nowNs).orElseThrow().mayRead(log)).isTrue();
        assertThat(tenant().authority(OWNER, nowNs).orElseThrow().mayAppend(log))
                .isFalse();
    }

    @Test
    void metersAddUpAndStartAnewEachMonth() {
        refused(FORBIDDEN, OWNER, new DirectoryCommand.ReportUsage(1, 1, 1));
        refused(INVALID_REQUEST, OPERATOR, new DirectoryCommand.ReportUsage(-1, 1, 1));
        done(OPERATOR, new DirectoryCommand.ReportUsage(3_600_000_000L, 5_000_000, 2_000_000_000));
        done(OPERATOR, new DirectoryCommand.ReportUsage(0, Long.MAX_VALUE, 0));
        Usage usage = tenant().usage(fixture.streams.nowNs);
        assertThat(usage.storageGbHours()).isEqualTo(1.024);
        assertThat(usage.computeNs()).isEqualTo(Long.MAX_VALUE);
        assertThat(usage.dataOutGb()).isEqualTo(2);
        fixture.streams.nowNs += 31 * 86_400 * SECOND_NS;
        assertThat(tenant().usage(fixture.streams.nowNs).dataOutBytes()).isZero();
        done(OPERATOR, new DirectoryCommand.ReportUsage(0, 0, 7));
        assertThat(tenant().usage(fixture.streams.nowNs).dataOutBytes()).isEqualTo(7);
        assertThat(Usage.cycleOf(0)).isEqualTo(1970 * 12);
        assertThat(Usage.cycleOf(-1)).isEqualTo(1970 * 12 - 1);
    }

    @Test
    void secretsDoNotShowInText() {
        done(ADMIN, createKey(1, Role.MEMBER, 0, false, null));
        String text = tenant().keys() + " " + tenant().users() + " " + createKey(1, Role.MEMBER, 0, false, null);
        assertThat(text).doesNotContain(secret(1).digest().hex()).doesNotContain("PasswordHash[hash");
    }

    @Test
    void aKeyReachesTheLedgersThatItNamesAndNoLog() {
        done(MEMBER, new DirectoryCommand.CreateLedger(ledgerId(1), "books", 0));
        done(MEMBER, new DirectoryCommand.CreateLedger(ledgerId(2), "other books", 0));
        refused(ALREADY_EXISTS, MEMBER, new DirectoryCommand.CreateLedger(ledgerId(3), "books", 0));
        refused(NOT_FOUND, ADMIN, keyFor(List.of(ledgerId(9))));
        refused(INVALID_REQUEST, ADMIN, keyFor(List.of()));
        done(ADMIN, keyFor(List.of(ledgerId(1))));
        Authority authority = tenant().authority(new Actor.OfKey(keyId(1)), fixture.streams.nowNs)
                .orElseThrow();
        assertThat(authority.limited()).isTrue();
        assertThat(authority.reaches(ledgerId(1))).isTrue();
        assertThat(authority.reaches(ledgerId(2))).isFalse();
        assertThat(tenant().logs()).noneMatch(authority::mayRead);
        refused(FORBIDDEN, new Actor.OfKey(keyId(1)), new DirectoryCommand.CreateLedger(ledgerId(3), "third", 0));
    }

    @Test
    void aViewFollowsALedgerThatItsActorReaches() {
        done(MEMBER, new DirectoryCommand.CreateLedger(ledgerId(1), "books", 0));
        done(MEMBER, new DirectoryCommand.CreateLedger(ledgerId(2), "other books", 0));
        done(ADMIN, keyFor(List.of(ledgerId(1))));
        Actor key = new Actor.OfKey(keyId(1));
        LogId books = new LogId(ledgerId(1).value());
        ViewCode code = DirectoryFixture.code(fixture.upload(tenant, 1));
        refused(
                FORBIDDEN,
                key,
                new DirectoryCommand.DeployView(viewId(7), new LogId(ledgerId(2).value()), "v", code));
        done(key, new DirectoryCommand.DeployView(viewId(7), books, "v", code));
        done(key, new DirectoryCommand.SkipEvent(viewId(7), 1, 0, 5, "why", null));
        assertThat(DirectoryFixture.load(fixture.save()).current().view(tenant, books, "v"))
                .isPresent();
        // and nothing else takes it for a log
        refused(NOT_FOUND, ADMIN, new DirectoryCommand.DeleteLog(books));
        refused(NOT_FOUND, ADMIN, new DirectoryCommand.ChangeRetention(books, Retention.FOREVER));
        refused(ALREADY_EXISTS, MEMBER, new DirectoryCommand.CreateLog(books, "x", 1, 0, Retention.FOREVER));
        done(MEMBER, createLog(2, "second"));
        refused(ALREADY_EXISTS, MEMBER, new DirectoryCommand.CreateLedger(new LedgerId(logId(2).value()), "y", 0));
        done(key, new DirectoryCommand.DeleteView(viewId(7)));
    }

    @Test
    void aTenantHasABoundedNumberOfLedgers() {
        for (int n = 1; n <= Bounds.MAX_LEDGERS; n++) {
            done(MEMBER, new DirectoryCommand.CreateLedger(ledgerId(n), "ledger " + n, 0));
        }
        refused(QUOTA_EXCEEDED, MEMBER, new DirectoryCommand.CreateLedger(ledgerId(1_000), "one more", 0));
    }

    private static DirectoryCommand keyFor(List<LedgerId> ledgers) {
        return new DirectoryCommand.CreateKey(keyId(1), "key", secret(1), Role.MEMBER, 0, false, null, ledgers);
    }

    @Test
    void aClientGetsResultsAndRefusalsAsTypes() {
        DirectoryClient client = new DirectoryClient(request -> {
            fixture.streams.body = request.body();
            return CompletableFuture.completedFuture(fixture.machine.apply(fixture.streams, request));
        });
        long version = fixture.directory().version();
        assertThat(client.submit(tenant, MEMBER, createLog(2, "second")).join().version())
                .isEqualTo(version + 1);
        assertThat(client.submit(tenant, MEMBER, createLog(3, "second")))
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .hasFieldOrPropertyWithValue("code", ALREADY_EXISTS);
        assertThat(fixture.directory().version()).as("not yet published").isEqualTo(version);
    }

    @Test
    void whoWaitsForAVersionSeesIt() throws InterruptedException {
        long version = fixture.directory().version();
        assertThat(fixture.machine.await(version + 1, Duration.ofMillis(1)).version())
                .isEqualTo(version);
        CompletableFuture<Directory> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                // one for the decision, one for the shard that confirms it
                return fixture.machine.await(version + 2, Duration.ofMinutes(1));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        done(MEMBER, createLog(2, "second"));
        assertThat(waiting.join().log(tenant, "second")).isPresent();
    }

    private Tenant tenant() {
        return fixture.directory().tenant(tenant).orElseThrow();
    }

    private View view() {
        return tenant().view(viewId(1)).orElseThrow();
    }

    private void assertVersions(int active, int candidate, int previous) {
        assertThat(List.of(view().active(), view().candidate(), view().previous()))
                .isEqualTo(List.of(active, candidate, previous));
    }

    private boolean opens(int secret) {
        return fixture.directory()
                .keyBySecret(secret(secret), fixture.streams.nowNs)
                .isPresent();
    }

    private DirectoryResult done(Actor actor, DirectoryCommand command) {
        return fixture.done(tenant, actor, command);
    }

    private void refused(io.thalweg.model.ErrorCode code, Actor actor, DirectoryCommand command) {
        byte[] before = fixture.save();
        assertThat(fixture.refusal(tenant, actor, command)).as("%s", command).contains(code);
        assertThat(fixture.save()).isEqualTo(before);
    }

    private void adminKey(int n) {
        done(OWNER, createKey(n, Role.ADMIN, 0, false, null));
    }

    private static DirectoryCommand createKey(
            int n, Role role, long expiresNs, boolean readOnly, @Nullable List<LogId> logs) {
        return new DirectoryCommand.CreateKey(keyId(n), "key", secret(n), role, expiresNs, readOnly, logs, null);
    }

    private static DirectoryCommand createLog(int n, String name) {
        return new DirectoryCommand.CreateLog(logId(n), name, 1, 0, Retention.FOREVER);
    }

    private static DirectoryCommand invite(int n, Role role) {
        return new DirectoryCommand.CreateInvitation(invitationId(n), "guest@x.org", role, secret(n));
    }

    private static DirectoryCommand accept(int n, int token, int user) {
        return new DirectoryCommand.AcceptInvitation(invitationId(n), secret(token), userId(user), PASSWORD);
    }

    private static DirectoryCommand deploy(ViewCode code) {
        return new DirectoryCommand.DeployView(viewId(1), logId(1), "v", code);
    }

    private static ViewCode sized(long firstChunk, long sizeBytes, int chunks) {
        ViewCode code = code(firstChunk);
        return new ViewCode(
                code.digest(),
                sizeBytes,
                firstChunk,
                chunks,
                code.world(),
                code.stubs(),
                code.startSequence(),
                code.settings());
    }
}
