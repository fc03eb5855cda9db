"""The JSON API, `/api/v1`: one module per kind of thing, each a list of routes."""

from xyper_engine.edge import admin, widget
from xyper_engine.edge.api.adapters import AdaptersApi
from xyper_engine.edge.api.alerts import AlertsApi
from xyper_engine.edge.api.attention import AttentionApi
from xyper_engine.edge.api.audit import AuditApi
from xyper_engine.edge.api.auth import AuthApi
from xyper_engine.edge.api.consents import ConsentsApi
from xyper_engine.edge.api.conversations import ConversationsApi
from xyper_engine.edge.api.dead import DeadApi
from xyper_engine.edge.api.dead_replays import DeadReplaysApi
from xyper_engine.edge.api.decisions import DecisionsApi
from xyper_engine.edge.api.description import DescriptionApi
from xyper_engine.edge.api.files import FilesApi
from xyper_engine.edge.api.finding import FindingApi
from xyper_engine.edge.api.health import HealthApi
from xyper_engine.edge.api.holdings import HoldingsApi
from xyper_engine.edge.api.keys import KeysApi
from xyper_engine.edge.api.mapping import MappingApi
from xyper_engine.edge.api.messages import MessagesApi
from xyper_engine.edge.api.objectives import ObjectivesApi
from xyper_engine.edge.api.oidc import OidcApi
from xyper_engine.edge.api.onboarding import OnboardingApi
from xyper_engine.edge.api.onboarding_guide import OnboardingGuideApi
from xyper_engine.edge.api.own import OwnApi
from xyper_engine.edge.api.people import PeopleApi
from xyper_engine.edge.api.reconciliation import ReconciliationApi
from xyper_engine.edge.api.roles import RolesApi
from xyper_engine.edge.api.secrets import SecretsApi
from xyper_engine.edge.api.sessions import SessionsApi
from xyper_engine.edge.api.sign_in import SignInApi
from xyper_engine.edge.api.statistics import StatisticsApi
from xyper_engine.edge.api.templates import TemplatesApi
from xyper_engine.edge.api.tenants import TenantsApi
from xyper_engine.edge.api.traces import TracesApi
from xyper_engine.edge.api.users import UsersApi
from xyper_engine.edge.route import Route
from xyper_engine.edge.widget.assets import Assets
from xyper_engine.plugins import Registry
from xyper_engine.runtime import Runtime


def routes(rt: Runtime, registry: Registry, assets: Assets) -> tuple[Route, ...]:
    """All of them, in the order in which the description lists them."""
    found = (
        *TenantsApi(rt, registry).routes(),
        *HoldingsApi(rt, registry).routes(),
        *DecisionsApi(rt, registry).routes(),
        *AdaptersApi(registry).routes(),
        *OnboardingApi(rt, registry).routes(),
        *OnboardingGuideApi(rt, registry).routes(),
        *AuthApi(rt).routes(),
        *OwnApi(rt).routes(),
        *UsersApi(rt).routes(),
        *RolesApi().routes(),
        *SessionsApi(rt).routes(),
        *KeysApi(rt).routes(),
        *OidcApi(rt).routes(),
        *SignInApi(rt, registry).routes(),
        *SecretsApi(rt, registry).routes(),
        *TemplatesApi(rt, registry).routes(),
        *ConversationsApi(rt, registry).routes(),
        *MappingApi(rt).routes(),
        *MessagesApi(rt).routes(),
        *FindingApi(rt).routes(),
        *DeadReplaysApi(rt).routes(),  # first: `replays` is no letter's id
        *DeadApi(rt).routes(),
        *HealthApi(rt).routes(),
        *AttentionApi(rt).routes(),
        *ObjectivesApi(rt).routes(),
        *AlertsApi(rt).routes(),
        *ConsentsApi(rt).routes(),
        *FilesApi(rt).routes(),
        *StatisticsApi(rt, registry).routes(),
        *TracesApi(rt).routes(),
        *ReconciliationApi(rt).routes(),
        *PeopleApi(rt).routes(),
        *AuditApi(rt).routes(),
        *widget.routes(rt, registry, assets),
        *admin.routes(rt, registry, assets),
    )
    return *found, *DescriptionApi(rt, found).routes()
