"""Two usual recommenders in plain torch: Mult-VAE (Liang et al. 2018) and a next-item GRU with softmax over
the catalog.

Each has an optimizer, `losses()` for an epoch and `scores(users, histories)`.
"""

from collections.abc import Iterator

import torch
from common import Export
from torch import Tensor, nn

LENGTH = 50


class MultVAE(nn.Module):
    """A variational autoencoder of the set of a user's items, with a multinomial likelihood."""

    def __init__(self, export: Export, hidden: int, latent: int, dropout: float, beta: float) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(export.items, hidden), nn.Tanh(), nn.Linear(hidden, latent * 2)
        )
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.Tanh(), nn.Linear(hidden, export.items))
        self.beta, self.steps, self.items = beta, 0, export.items
        self.histories = export.train.groupby("user")["item"].agg(list).tolist()
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
        acts = export.train.groupby("user")["item"].agg(list).tolist()
        self.parts = [h[n : n + LENGTH + 1] for h in acts for n in range(0, max(len(h) - 1, 1), LENGTH)]
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
