package io.thalweg.directory;

import static io.thalweg.directory.DirectoryFixture.OPERATOR;
import static io.thalweg.directory.DirectoryFixture.invitationId;
import static io.thalweg.directory.DirectoryFixture.keyId;
import static io.thalweg.directory.DirectoryFixture.ledgerId;
import static io.thalweg.directory.DirectoryFixture.logId;
import static io.thalweg.directory.DirectoryFixture.secret;
import static io.thalweg.directory.DirectoryFixture.userId;
import static io.thalweg.directory.DirectoryFixture.viewId;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.KeyId;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.UserId;
import io.thalweg.model.ViewId;
import io.thalweg.model.request.Reply;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What belongs to another tenant is as if it did not exist, down to the words of the refusal. */
final class TenantIsolationTest {
    private static final PasswordHash PASSWORD = new PasswordHash("hash");

    private final DirectoryFixture fixture = new DirectoryFixture();
    private final TenantId mine = DirectoryFixture.tenantId(1);
    private final TenantId theirs = DirectoryFixture.tenantId(2);
    private final Actor owner = new Actor.OfUser(userId(1));
    private final Actor key = new Actor.OfKey(keyId(1));

    private long myChunk;

    @BeforeEach
    void twoTenantsWithOneOfEverything() {
        for (int n = 1; n <= 2; n++) {
            TenantId tenant = fixture.tenant(n);
            Actor user = new Actor.OfUser(userId(n));
            fixture.done(tenant, OPERATOR, new DirectoryCommand.CreateUser(userId(n), "o@x.org", PASSWORD, Role.OWNER));
            fixture.done(
                    tenant,
                    user,
                    new DirectoryCommand.CreateInvitation(invitationId(n), "i@x.org", Role.MEMBER, secret(10 + n)));
            fixture.done(
                    tenant,
                    user,
                    new DirectoryCommand.CreateKey(keyId(n), "k", secret(n), Role.ADMIN, 0, false, null, null));
            fixture.done(tenant, user, new DirectoryCommand.CreateLedger(ledgerId(n), "books", 0));
            fixture.done(tenant, user, new DirectoryCommand.CreateLog(logId(n), "orders", 1, 0, Retention.FOREVER));
            myChunk = fixture.upload(tenant, 1);
            fixture.done(
                    tenant,
                    user,
                    new DirectoryCommand.DeployView(viewId(n), logId(n), "totals", DirectoryFixture.code(myChunk)));
        }
        assertThat(myChunk).isEqualTo(1);
    }

    @Test
    void aForeignIdAnswersNotFoundInEveryCommandThatNamesOne() {
        ofUser(id -> new DirectoryCommand.ChangeRole(id, Role.MEMBER));
        ofUser(id -> new DirectoryCommand.RemoveMember(id));
        same(
                OPERATOR,
                new DirectoryCommand.ChangePassword(userId(2), PASSWORD),
                new DirectoryCommand.ChangePassword(userId(99), PASSWORD));
        same(
                owner,
                new DirectoryCommand.RevokeInvitation(invitationId(2)),
                new DirectoryCommand.RevokeInvitation(invitationId(99)));
        same(
                new Actor.OfUser(userId(50)),
                new DirectoryCommand.AcceptInvitation(invitationId(2), secret(12), userId(50), PASSWORD),
                new DirectoryCommand.AcceptInvitation(invitationId(99), secret(12), userId(50), PASSWORD));
        ofKey(id -> new DirectoryCommand.RotateKey(id, secret(50), 0));
        ofKey(id -> new DirectoryCommand.RevokeKey(id));
        ofLog(id ->
                new DirectoryCommand.CreateKey(keyId(50), "k2", secret(50), Role.MEMBER, 0, false, List.of(id), null));
        same(
                owner,
                new DirectoryCommand.CreateKey(
                        keyId(50), "k2", secret(50), Role.MEMBER, 0, false, null, List.of(ledgerId(2))),
                new DirectoryCommand.CreateKey(
                        keyId(50), "k2", secret(50), Role.MEMBER, 0, false, null, List.of(ledgerId(99))));
        ofLog(id -> new DirectoryCommand.ChangeRetention(id, Retention.FOREVER));
        ofLog(id -> new DirectoryCommand.NameFull(id, List.of("v")));
        ofLog(id -> new DirectoryCommand.DeleteLog(id));
        ofLog(id -> new DirectoryCommand.DeployView(viewId(50), id, "v", DirectoryFixture.code(myChunk)));
        ofView(id -> new DirectoryCommand.DeployVersion(id, DirectoryFixture.code(myChunk)));
        ofView(id -> new DirectoryCommand.ActivateVersion(id, 1));
        ofView(id -> new DirectoryCommand.RollBackView(id));
        ofView(id -> new DirectoryCommand.PauseView(id));
        ofView(id -> new DirectoryCommand.ResumeView(id));
        ofView(id -> new DirectoryCommand.SkipEvent(id, 1, 0, 1, "why", null));
        ofView(id -> new DirectoryCommand.DeleteView(id));
    }

    @Test
    void aForeignActorIsNobody() {
        for (Actor foreign : List.of(new Actor.OfUser(userId(2)), new Actor.OfKey(keyId(2)))) {
            assertThat(fixture.refusal(mine, foreign, new DirectoryCommand.DeleteLog(logId(1))))
                    .contains(ErrorCode.UNAUTHENTICATED);
            assertThat(fixture.refusal(mine, foreign, new DirectoryCommand.DeleteTenant()))
                    .contains(ErrorCode.UNAUTHENTICATED);
        }
    }

    @Test
    void aTenantThatIsNotThereIsNotFound() {
        TenantId nobody = new TenantId(new UUID(9, 9));
        assertThat(fixture.refusal(nobody, OPERATOR, new DirectoryCommand.DeleteTenant()))
                .contains(ErrorCode.NOT_FOUND);
        assertThat(fixture.refusal(nobody, OPERATOR, new DirectoryCommand.ChangeTenantLimits(TenantLimits.DEFAULT)))
                .contains(ErrorCode.NOT_FOUND);
        assertThat(fixture.refusal(nobody, OPERATOR, new DirectoryCommand.ReportUsage(1, 1, 1)))
                .contains(ErrorCode.NOT_FOUND);
    }

    @Test
    void lookupsSeeOneTenantOnly() {
        Directory directory = fixture.directory();
        assertThat(directory.log(mine, logId(2))).isEmpty();
        assertThat(directory.view(mine, viewId(2))).isEmpty();
        assertThat(directory.view(mine, logId(2), "totals")).isEmpty();
        assertThat(directory.log(mine, "orders").orElseThrow().id()).isEqualTo(logId(1));
        assertThat(directory.log(theirs, "orders").orElseThrow().id()).isEqualTo(logId(2));
        assertThat(directory.usersByEmail("O@X.org")).hasSize(2);
    }

    private void ofUser(Function<UserId, DirectoryCommand> command) {
        same(owner, command.apply(userId(2)), command.apply(userId(99)));
    }

    private void ofKey(Function<KeyId, DirectoryCommand> command) {
        same(key, command.apply(keyId(2)), command.apply(keyId(99)));
    }

    private void ofLog(Function<LogId, DirectoryCommand> command) {
        same(key, command.apply(logId(2)), command.apply(logId(99)));
    }

    private void ofView(Function<ViewId, DirectoryCommand> command) {
        same(key, command.apply(viewId(2)), command.apply(viewId(99)));
    }

    /** The foreign identifier and one that is nowhere get the same answer, and nothing changes anywhere. */
    private void same(Actor actor, DirectoryCommand foreign, DirectoryCommand unknown) {
        byte[] before = fixture.save();
        Reply.Refused first = (Reply.Refused) fixture.run(mine, actor, foreign);
        Reply.Refused second = (Reply.Refused) fixture.run(mine, actor, unknown);
        assertThat(first.code()).as("%s", foreign).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(second.code()).as("%s", unknown).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(first.message().replaceAll("[0-9a-f-]{36}", "ID"))
                .isEqualTo(second.message().replaceAll("[0-9a-f-]{36}", "ID"));
        assertThat(fixture.save()).isEqualTo(before);
    }
}
