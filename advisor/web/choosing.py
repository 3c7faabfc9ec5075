"""What an owner chooses goes in; a chat model that has answered once comes out, or a line that says why it did not.

Its key is held by the model's client alone: it stands in no file, no log, no reply and no other object of ours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from advisor.errors import QuestionError
from advisor.models.nearby import Nearby, nearby, servers
from advisor.settings import Settings

# What may be typed: a model in this process would be fetched, and its folder is no reader's business.
PROVIDERS = {
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "google": "Google",
    "mistral": "Mistral",
    "groq": "Groq",
    "ollama": "Ollama",
}
_LONGEST = {"provider": 40, "name": 200, "key": 1000, "server": 60}  # characters


class Choosing:
    """The models that may be chosen for one page, while it runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._servers = servers(settings.model_url)

    def offers(self) -> list[Nearby]:
        """The models that servers on this machine have."""
        return nearby(self._servers)

    def tried(self, data: Mapping[str, Any]) -> Any:
        """The Chat that is chosen, after one short call; None for quotes. Raises AdvisorError.

        By `server` and `model` as they were offered, or by `provider`, `name` and `key`.
        """
        if data.get("model") == "quote":
            return None
        from advisor.models.chat import Chat
        from advisor.models.providers import open_model

        settings, key = self._offered(data) if data.get("server") else self._typed(data)
        chat = Chat(open_model(settings, key), settings)
        chat.try_out()
        return chat

    def _offered(self, data: Mapping[str, Any]) -> tuple[Settings, str | None]:
        """A server is found by its name: no address comes from a page, and no key of the environment goes to one."""
        named, model = _text(data, "server"), str(data.get("model"))
        found = next((one for one in self._servers if one.name == named), None)
        if found is None or not any(one.model == model for one in nearby([found])):
            raise QuestionError(f"{named} no longer offers {model[:100]}; open this panel anew.")
        is_named = found.url == (self._settings.model_url or "").rstrip("/")
        return dataclasses.replace(self._settings, model=model, model_url=found.url), None if is_named else "not-needed"

    def _typed(self, data: Mapping[str, Any]) -> tuple[Settings, str | None]:
        provider, name, key = (_text(data, field) for field in ("provider", "name", "key"))
        if provider not in PROVIDERS or not name:
            raise QuestionError("Name the provider and the model, such as OpenAI and gpt-5-mini.")
        # A key goes to the provider that it is for; Ollama, which takes none, is where the page was told that it is.
        is_own = provider == "ollama" and (self._settings.model or "").startswith("ollama:")
        url = self._settings.model_url if is_own else None
        return dataclasses.replace(self._settings, model=f"{provider}:{name}", model_url=url), key or None


def shown(offers: Sequence[Nearby]) -> list[dict[str, str]]:
    """The models on this machine, as the page lists them."""
    return [{"model": one.model, "server": one.server.name} for one in offers]


def _text(data: Mapping[str, Any], field: str) -> str:
    text = data.get(field) or ""
    if not isinstance(text, str) or len(text) > _LONGEST[field] or not text.isprintable():
        raise QuestionError(f"What is given as {field} is none; type it again.")
    return text.strip()
