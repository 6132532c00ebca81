/**
 * The main job by hand: the ten calls that take a lab from prompts to pairs. README quotes them, the explorer opens them,
 * and a test runs them in this order against a real server and worker.
 */
export interface Call {
  /** What it does, in a few words. */
  title: string;
  /** Of GraphQL; null for an upload, which is a POST. */
  operation: string | null;
  /** An example. `<promptSetId>` and the like stand for ids that earlier calls answered with. */
  variables: Record<string, unknown>;
}

/** Call 2, with the token in the environment; the answer has the image's sha256. */
export const UPLOAD = `curl -H "Authorization: Bearer $TOKEN" -H "X-Artifact-Kind: IMAGE" --data-binary @cat.png localhost:4400/artifacts`;

export const TEN_CALLS = [
  {
    title: "Ordered prompts, with tags to split them by",
    operation: `mutation CreatePromptSet($input: CreatePromptSetInput!) {
  createPromptSet(input: $input) {
    promptSet {
      id
      promptCount
    }
  }
}`,
    variables: {
      input: {
        name: "Animals",
        prompts: [
          { text: "a cat", tags: ["train"] },
          { text: "a dog", tags: ["eval"] },
        ],
      },
    },
  },
  { title: "Upload proxy images and samples", operation: null, variables: {} },
  {
    title: "Preference Proxy Data: what you want, unpaired; a share is held out",
    operation: `mutation CreateProxySet($input: CreateProxySetInput!) {
  createProxySet(input: $input) {
    proxySet {
      id
      trainCount
      heldOutCount
    }
  }
}`,
    variables: { input: { name: "Pictures we like", items: [{ artifactSha256: "<sha256>" }] } },
  },
  {
    title: "The generator whose outputs you log",
    operation: `mutation CreatePolicy($input: CreatePolicyInput!) {
  createPolicy(input: $input) {
    policy {
      id
    }
  }
}`,
    variables: { input: { name: "Our generator", origin: "BASE" } },
  },
  {
    title: "The question: policy, prompts, proxy data and K",
    operation: `mutation CreateExperiment($input: CreateExperimentInput!) {
  createExperiment(input: $input) {
    experiment {
      id
      name
    }
  }
}`,
    variables: {
      input: {
        name: "Animals we like",
        basePolicyId: "<policyId>",
        promptSetId: "<promptSetId>",
        proxySetId: "<proxySetId>",
        k: 4,
      },
    },
  },
  {
    title: "Open round 1, which freezes the configuration",
    operation: `mutation OpenRound($input: OpenRoundInput!) {
  openRound(input: $input) {
    round {
      id
      index
    }
  }
}`,
    variables: { input: { experimentId: "<experimentId>" } },
  },
  {
    title: "Log the generator's outputs, up to 5,000 a call",
    operation: `mutation LogSamples($input: LogSamplesInput!) {
  logSamples(input: $input) {
    inserted
    round {
      sampleCount
    }
  }
}`,
    variables: {
      input: {
        roundId: "<roundId>",
        samples: [{ promptPosition: 0, k: 0, artifactSha256: "<sha256>", label: "flat" }],
      },
    },
  },
  {
    title: "Train R^t: a job for a worker",
    operation: `mutation TrainRewardModel($input: TrainRewardModelInput!) {
  trainRewardModel(input: $input) {
    rewardModel {
      id
    }
    job {
      id
      state
    }
  }
}`,
    variables: { input: { roundId: "<roundId>", name: "R" } },
  },
  {
    title: "Score and rank every sample: another job",
    operation: `mutation ScoreSamples($rewardModelId: ID!) {
  scoreSamples(rewardModelId: $rewardModelId) {
    job {
      id
      state
    }
  }
}`,
    variables: { rewardModelId: "<rewardModelId>" },
  },
  {
    title: "Pairs of best and worst, and how good the model is",
    operation: `mutation BuildPairs($input: BuildPairsInput!, $label: String!) {
  buildPairs(input: $input) {
    inserted
    rewardModel {
      heldOutAuc
      bestOfK(label: $label) {
        prompts
        accuracy
        low
        high
        chance
      }
      pairs(first: 3) {
        nodes {
          prompt {
            text
          }
          chosen {
            artifactSha256
          }
          rejected {
            artifactSha256
          }
          margin
        }
      }
    }
  }
}`,
    variables: { input: { rewardModelId: "<rewardModelId>" }, label: "flat" },
  },
] as const satisfies readonly Call[];

/** To follow a job while it runs; not a call of its own, since a job's state can be asked for as well. */
export const WATCH_JOB = {
  title: "Watch a job (a subscription)",
  operation: `subscription WatchJob($id: ID!) {
  jobUpdated(id: $id) {
    state
    progress
    progressMessage
    error
  }
}`,
  variables: { id: "<jobId>" },
} as const satisfies Call;
