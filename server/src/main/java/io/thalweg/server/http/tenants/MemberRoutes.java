package io.thalweg.server.http.tenants;

import io.thalweg.directory.Invitation;
import io.thalweg.directory.InvitationId;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.Usage;
import io.thalweg.directory.User;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.UserId;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Secrets;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.form.Ids;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Times;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.views.ViewKeeper;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The caller's tenant: what it is, who belongs to it, what it used. */
final class MemberRoutes {
    private static final String TAG = "tenant";

    private final Administration administration;
    private final ViewKeeper keeper;
    private final UsageMeter meter;
    private final Authenticator authenticator;
    private final Supplier<String> url;

    MemberRoutes(
            Administration administration,
            ViewKeeper keeper,
            UsageMeter meter,
            Authenticator authenticator,
            Supplier<String> url) {
        this.administration = administration;
        this.keeper = keeper;
        this.meter = meter;
        this.authenticator = authenticator;
        this.url = url;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/tenants/me")
                        .named("get_tenant", TAG, "Look at the caller's tenant.")
                        .answers(200, "The tenant.", "Tenant")
                        .to(call -> call.reply(200, TenantForms.TenantView.of(call.tenant()))),
                Route.delete("/tenants/me")
                        .by(Access.PEOPLE)
                        .named("delete_tenant", TAG, "Delete the tenant with everything in it. Owners only.")
                        .answers(204, "Deleted.")
                        .to(this::deleteTenant),
                Route.get("/tenants/me/members")
                        .by(Access.MANAGE)
                        .named("list_members", TAG, "List the members.")
                        .answers(200, "All of them.", "MemberList")
                        .to(call -> call.reply(200, members(call.tenant()))),
                Route.patch("/tenants/me/members/{user_id}")
                        .by(Access.PEOPLE)
                        .named("update_member_role", TAG, "Give a member another role.")
                        .takes(MediaTypes.JSON, "RoleChange")
                        .answers(200, "The member as it is now.", "Member")
                        .to(this::changeRole),
                Route.delete("/tenants/me/members/{user_id}")
                        .by(Access.SELF)
                        .named("remove_member", TAG, "Remove a member, or leave.")
                        .answers(204, "Removed.")
                        .to(this::removeMember),
                Route.post("/tenants/me/invitations")
                        .by(Access.PEOPLE)
                        .named("create_invitation", TAG, "Invite a person; nothing is sent, the reply holds the token.")
                        .takes(MediaTypes.JSON, "NewInvitation")
                        .answers(201, "The invitation, its token shown this once.", "InvitationCreated")
                        .refuses(409, "The address is a member already.")
                        .to(this::invite),
                Route.get("/tenants/me/invitations")
                        .by(Access.PEOPLE)
                        .named("list_invitations", TAG, "List the invitations that can be accepted.")
                        .answers(200, "All of them.", "InvitationList")
                        .to(call -> call.reply(200, invitations(call.tenant()))),
                Route.delete("/tenants/me/invitations/{invitation_id}")
                        .by(Access.PEOPLE)
                        .named("revoke_invitation", TAG, "Take an invitation back.")
                        .answers(204, "Revoked.")
                        .to(this::revokeInvitation),
                Route.get("/billing/usage")
                        .named("get_usage", TAG, "What the tenant used since the month began.")
                        .answers(200, "The meters.", "Usage")
                        .to(this::usage));
    }

    record MemberList(List<TenantForms.MemberView> members) {}

    record RoleChange(@Nullable String role) {}

    record NewInvitation(@Nullable String email, @Nullable String role) {}

    record InvitationCreated(
            UUID id, String email, String role, String token, String inviteUrl, String createdAt, String expiresAt) {}

    record InvitationView(UUID id, String email, String role, String createdAt, String expiresAt) {}

    record InvitationList(List<InvitationView> invitations) {}

    record UsageView(double computeMs, double dataOutGb, double storageGbHours) {}

    private void deleteTenant(Call call) throws InterruptedException {
        keeper.follow(administration
                .run(call.tenantId(), call.principal().actor(), new DirectoryCommand.DeleteTenant())
                .directory());
        call.replyNothing();
    }

    private static MemberList members(Tenant tenant) {
        return new MemberList(tenant.users().stream()
                .sorted(Comparator.comparing(User::email))
                .map(TenantForms.MemberView::of)
                .toList());
    }

    private void changeRole(Call call) throws InterruptedException {
        UserId id = member(call);
        String wanted = Json.required("role", call.json(RoleChange.class).role);
        User user = administration
                .run(
                        call.tenantId(),
                        call.principal().actor(),
                        new DirectoryCommand.ChangeRole(id, TenantForms.role(wanted)))
                .directory()
                .tenant(call.tenantId())
                .flatMap(now -> now.user(id))
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the member was removed meanwhile"));
        call.reply(200, TenantForms.MemberView.of(user));
    }

    private void removeMember(Call call) throws InterruptedException {
        administration.run(call.tenantId(), call.principal().actor(), new DirectoryCommand.RemoveMember(member(call)));
        call.replyNothing();
    }

    private static UserId member(Call call) {
        return Ids.parse(call.path("user_id"), UserId::parse)
                .filter(id -> call.tenant().user(id).isPresent())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such member"));
    }

    private void invite(Call call) throws InterruptedException {
        NewInvitation wanted = call.strictJson(NewInvitation.class);
        Role role = TenantForms.role(wanted.role);
        InvitationId id = new InvitationId(UUID.randomUUID());
        String token = Secrets.create(Secrets.INVITATION_PREFIX);
        Invitation invitation = administration
                .run(
                        call.tenantId(),
                        call.principal().actor(),
                        new DirectoryCommand.CreateInvitation(
                                id, Json.required("email", wanted.email), role, SecretHash.ofSecret(token)))
                .directory()
                .tenant(call.tenantId())
                .flatMap(now -> now.invitation(id, authenticator.nowNs()))
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the invitation was revoked meanwhile"));
        call.with("Cache-Control", "no-store")
                .reply(
                        201,
                        new InvitationCreated(
                                id.value(),
                                invitation.email(),
                                invitation.role().text(),
                                token,
                                url.get() + "/invitations/accept?token=" + token,
                                Times.text(invitation.createdNs()),
                                Times.text(invitation.expiresNs())));
    }

    private InvitationList invitations(Tenant tenant) {
        return new InvitationList(tenant.invitations(authenticator.nowNs()).stream()
                .sorted(Comparator.comparingLong(Invitation::createdNs))
                .map(invitation -> new InvitationView(
                        invitation.id().value(),
                        invitation.email(),
                        invitation.role().text(),
                        Times.text(invitation.createdNs()),
                        Times.text(invitation.expiresNs())))
                .toList());
    }

    private void revokeInvitation(Call call) throws InterruptedException {
        InvitationId id = Ids.parse(call.path("invitation_id"), text -> new InvitationId(UUID.fromString(text)))
                .filter(wanted ->
                        call.tenant().invitation(wanted, authenticator.nowNs()).isPresent())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such invitation"));
        administration.run(call.tenantId(), call.principal().actor(), new DirectoryCommand.RevokeInvitation(id));
        call.replyNothing();
    }

    private void usage(Call call) {
        Usage usage = meter.usage(call.tenant());
        call.reply(200, new UsageView(usage.computeMs(), usage.dataOutGb(), usage.storageGbHours()));
    }
}
