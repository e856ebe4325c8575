#!/bin/bash
# One shard of an evaluation for each task of a Slurm array. The options of `daepyo eval` follow the output folder, which
# every node must see:
#
#   job=$(sbatch --parsable --array=0-6 slurm-array.sh RUN --model llama:MODEL.gguf --tasks kmmlu --include-path TASKS)
#   sbatch --dependency=afterok:"$job" --wrap 'daepyo merge RUN/whole RUN'
#
# A task that fails or is requeued goes on where it stopped. To submit some of them again, say how many there are in all:
#
#   DAEPYO_SHARDS=7 sbatch --array=2,5 slurm-array.sh RUN ...
#
# DAEPYO names the program where it is not in PATH. See docs/reference/shards.md.
#SBATCH --job-name=daepyo
#SBATCH --array=0-6
#SBATCH --output=daepyo-%A-%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
set -euo pipefail

out=${1:?the first argument is the output folder, the options of daepyo eval follow}
shift
shards=${DAEPYO_SHARDS:-$SLURM_ARRAY_TASK_COUNT}

exec "${DAEPYO:-daepyo}" eval --shard "$SLURM_ARRAY_TASK_ID/$shards" --out "$out" "$@"
