"""Pair, MultVAE and GRU in plain torch.

Pair is the second sample of the Chinese article about InstructRec that this project began with, repaired only
where it does not run; the others are usual networks beside it: Mult-VAE (Liang et al. 2018) and a next-item
GRU with softmax over the catalog. Each has an optimizer, `losses()` for an epoch and `scores(users,
histories)`.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from common import Export, Trial, best, fitted_by_epochs
from torch import Tensor, nn

# Epochs without a better validation; one of MultVAE has few steps.
PATIENCE = {"Pair": 5, "MultVAE": 15, "GRU": 5}
LENGTH = 50  # items of a history that the GRU reads


class Pair(nn.Module):
    """The article's RecommenderModel: one linear layer over the user's and the item's embeddings, fitted by
    squared error.

    Repaired: full-width commas, the imports, the sizes, and the shape of the output. The export has no
    ratings: an interaction is a 1, and each has a random item beside it as a 0. Since the layer is linear,
    its order of items is the same for every user.
    """

    def __init__(self, export: Export, width: int, lr: float) -> None:
        super().__init__()
        self.user_embedding = nn.Embedding(export.facts["users"], width)
        self.item_embedding = nn.Embedding(export.items, width)
        self.fc = nn.Linear(width * 2, 1)
        self.export, self.optimizer = export, torch.optim.Adam(self.parameters(), lr=lr)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """One score a pair."""
        return self.fc(torch.cat((self.user_embedding(users), self.item_embedding(items)), 1)).squeeze(1)

    def losses(self) -> Iterator[Tensor]:
        """The losses of an epoch."""
        users, items = (
            torch.tensor(self.export.train[column].to_numpy(np.int64)) for column in ("user", "item")
        )
        for batch in torch.randperm(len(users)).split(1024):
            pairs = torch.cat((items[batch], torch.randint(self.export.items, (len(batch),))))
            rating = torch.arange(len(pairs)).lt(len(batch)).float()
            yield nn.functional.mse_loss(self(users[batch].repeat(2), pairs), rating)

    def scores(self, users: list[int], histories: list[list[int]]) -> Tensor:
        """What forward gives for all pairs, with the two halves of the linear layer worked out once."""
        of_user, of_item = self.fc.weight[0].chunk(2)
        return (self.user_embedding(torch.tensor(users)) @ of_user + self.fc.bias)[
            :, None
        ] + self.item_embedding.weight @ of_item


class MultVAE(nn.Module):
    """A variational autoencoder of the set of a user's items, with a multinomial likelihood."""

    def __init__(self, export: Export, hidden: int, latent: int, dropout: float, beta: float) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(export.items, hidden), nn.Tanh(), nn.Linear(hidden, latent * 2)
        )
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.Tanh(), nn.Linear(hidden, export.items))
        self.beta, self.steps, self.items = beta, 0, export.items
        self.histories = list(export.of_users.values())
        self.optimizer = torch.optim.Adam(self.parameters(), lr=0.001)

    def rows(self, histories: list[list[int]]) -> Tensor:
        """A row of ones for each history."""
        made = torch.zeros(len(histories), self.items)
        for row, history in enumerate(histories):
            made[row, history] = 1
        return made

    def losses(self) -> Iterator[Tensor]:
        """The losses of an epoch; the weight of the divergence grows over 2,000 steps."""
        for batch in torch.randperm(len(self.histories)).split(256):
            self.steps += 1
            had = self.rows([self.histories[n] for n in batch.tolist()])
            mean, log_variance = self.encoder(nn.functional.normalize(had)).chunk(2, dim=1)
            drawn = mean + torch.randn_like(mean) * (log_variance / 2).exp()
            likelihood = (self.decoder(drawn).log_softmax(dim=1) * had).sum(dim=1).mean()
            divergence = (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2
            yield min(self.beta, self.beta * self.steps / 2000) * divergence - likelihood

    def scores(self, users: list[int], histories: list[list[int]]) -> Tensor:
        """The decoded mean."""
        return self.decoder(self.encoder(nn.functional.normalize(self.rows(histories))).chunk(2, dim=1)[0])


class GRU(nn.Module):
    """A GRU over the items, asked for the next one after each; the embeddings of input and output are the
    same.
    """

    def __init__(self, export: Export, width: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(export.items + 1, width, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.gru, self.dropout = nn.GRU(width, width, batch_first=True), nn.Dropout(dropout)
        self.parts = [
            history[start : start + LENGTH + 1]
            for history in export.of_users.values()
            for start in range(0, max(len(history) - 1, 1), LENGTH)
        ]
        self.optimizer = torch.optim.Adam(self.parameters(), lr=0.002)

    def states(self, histories: list[list[int]]) -> Tensor:
        """The network's state after each item; (rows, length, width). Histories are padded at their end."""
        padded = nn.utils.rnn.pad_sequence([torch.tensor(h) + 1 for h in histories], batch_first=True)
        return self.dropout(self.gru(self.dropout(self.embedding(padded)))[0])

    def losses(self) -> Iterator[Tensor]:
        """The losses of an epoch, over the items after the first of each part of a history."""
        for batch in torch.randperm(len(self.parts)).split(64):
            parts = [self.parts[n] for n in batch.tolist() if len(self.parts[n]) > 1]
            if parts:
                kept = (
                    torch.arange(max(map(len, parts)) - 1)
                    < torch.tensor([len(part) - 1 for part in parts])[:, None]
                )
                wanted = torch.cat([torch.tensor(part[1:]) for part in parts])
                logits = self.states([part[:-1] for part in parts])[kept] @ self.embedding.weight[1:].T
                yield nn.functional.cross_entropy(logits, wanted)

    def scores(self, users: list[int], histories: list[list[int]]) -> Tensor:
        """Scores after the last item."""
        cut = [history[-LENGTH:] or [0] for history in histories]
        last = self.states(cut)[torch.arange(len(cut)), torch.tensor([len(history) - 1 for history in cut])]
        return last @ self.embedding.weight[1:].T


MODELS: dict[str, Any] = {"Pair": Pair, "MultVAE": MultVAE, "GRU": GRU}
NOTES = {"Pair": "one order of items for all users, as its layer is linear"}


class Epochs:
    """A model that is trained an epoch at a time."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def epoch(self) -> None:
        """Train one epoch."""
        self.model.train()
        for loss in self.model.losses():
            self.model.optimizer.zero_grad()
            loss.backward()
            self.model.optimizer.step()

    def network(self) -> nn.Module:
        """The model itself."""
        return self.model


class Peer:
    """One of the models of this file."""

    version = torch.__version__

    def __init__(self, export: Export, name: str) -> None:
        torch.set_num_threads(export.threads)
        self.export, self.name = export, name
        self.note = NOTES.get(name, "plain torch")

    def fit(self, settings: dict[str, Any], seconds: float) -> Trial:
        """Fit epoch by epoch."""
        trial = Trial(settings)
        torch.manual_seed(self.export.facts["seed"])
        model = MODELS[self.name](self.export, **settings)
        return fitted_by_epochs(self, self.export, trial, seconds, PATIENCE[self.name], Epochs(model))

    @torch.no_grad()
    def rank(self, state: Epochs, users: list[int], histories: list[list[int]], depth: int) -> np.ndarray:
        """The best items of each row; -1 where there is no history."""
        state.model.eval()
        parts = []
        for start in range(0, len(histories), 512):
            part = histories[start : start + 512]
            scores = state.model.scores(users[start : start + 512], part).numpy()
            parts.append(best(scores, part, depth))
        lists = np.concatenate(parts)
        lists[[not history for history in histories]] = -1
        return lists
