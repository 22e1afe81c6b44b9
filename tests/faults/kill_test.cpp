// Kills a worker, rank 0 or all, at random moments, with and without mpirun's recovery, and lets
// another run go on where the first one ended. CROSSFOLD_KILLS and CROSSFOLD_SEED choose how many
// and which; CROSSFOLD_KILLS=200 is the long form.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "faults/small_study.h"

namespace crossfold::test {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t kFits = 24;
constexpr int kRanks = 4;

enum class Victim { worker, root, all };
enum class Launcher { plain, recovery };

struct Strike {
  Victim victim = Victim::worker;
  Launcher launcher = Launcher::plain;
  std::size_t fits = 0;  ///< once so many are recorded: 0 is the start of mpirun
  double after_s = 0;    ///< and then so long after
  std::size_t worker = 1;
};

std::string describe(const Strike& strike) {
  const char* whom = strike.victim == Victim::root  ? "rank 0"
                     : strike.victim == Victim::all ? "all"
                                                    : "worker";
  return std::string(whom) +
         (strike.victim == Victim::worker ? std::to_string(strike.worker) : "") +
         (strike.launcher == Launcher::recovery ? ", recovery" : "") + ", after " +
         std::to_string(strike.fits) + " fits and " + std::to_string(strike.after_s) + " s";
}

/// What came of one strike.
struct Counters {
  int strikes = 0;
  int nobody = 0;          ///< ranks that had not started yet, or had gone
  int before_work = 0;     ///< nothing was recorded yet
  int finished_alone = 0;  ///< the survivors completed the run
  int resumed = 0;
  double longest_s = 0;  ///< from strike to the end of the run
};

class Kills : public ::testing::Test {
 protected:
  Kills() {
    const auto start = Clock::now();
    const Ended whole = Child(with_ranks(kRanks, study_.run("whole")), study_.folder()).wait();
    EXPECT_EQ(whole.code, 0) << whole.err;
    duration_s_ = Seconds(Clock::now() - start).count();
    expected_ = study_.report("whole");
  }

  Strike draw() {
    const int dice = std::uniform_int_distribution<int>(0, 5)(random_);
    // Most of a short run is its start; every other strike is aimed at its work.
    const bool early = std::bernoulli_distribution(0.5)(random_);
    const std::size_t fits = std::uniform_int_distribution<std::size_t>(1, kFits - 1)(random_);
    return {
        .victim = dice < 3   ? Victim::worker
                  : dice < 5 ? Victim::root
                             : Victim::all,
        .launcher =
            std::bernoulli_distribution(0.5)(random_) ? Launcher::recovery : Launcher::plain,
        .fits = early ? 0 : fits,
        .after_s = std::uniform_real_distribution<double>(0, early ? duration_s_ : 0.1)(random_),
        .worker = std::uniform_int_distribution<std::size_t>(1, kRanks - 1)(random_)};
  }

  void hit(const Strike& strike, Child& run) {
    const std::vector<int> ranks = rank_processes(run.pid());
    if (ranks.size() < kRanks) ++counters_.nobody;
    if (strike.victim == Victim::all) {
      run.kill_group(SIGKILL);
      for (const int rank : ranks) ::kill(rank, SIGKILL);
      return;
    }
    const std::size_t rank = strike.victim == Victim::root ? 0 : strike.worker;
    if (rank < ranks.size()) ::kill(ranks[rank], SIGKILL);
  }

  void strike_and_resume(const Strike& strike, const std::string& name) {
    // Short silences, so that the test is short: 30 of them are waited for until MPI is up.
    const auto arguments = study_.run(name, {"--lost-after", "3s"});
    {
      Child run(strike.launcher == Launcher::recovery ? with_recovery(kRanks, arguments)
                                                      : with_ranks(kRanks, arguments),
                study_.folder());
      study_.wait_for_fits(run, name, strike.fits);
      std::this_thread::sleep_for(Seconds(strike.after_s));
      ++counters_.strikes;
      if (study_.recorded(name).empty()) ++counters_.before_work;
      hit(strike, run);
      const auto struck = Clock::now();
      const Ended ended = run.wait(400);
      counters_.longest_s = std::max(counters_.longest_s, Seconds(Clock::now() - struck).count());
      for (const int rank : rank_processes(run.pid())) ::kill(rank, SIGKILL);
      // Open MPI 5 speaks of an internal failure of its own where a rank dies as it starts.
      EXPECT_EQ(ended.err.find("a bug in crossfold"), std::string::npos) << ended.err;
    }
    const std::vector<std::string> before = study_.recorded(name);
    EXPECT_EQ(std::set(before.begin(), before.end()).size(), before.size()) << "recorded twice";
    if (before.size() == kFits)
      ++counters_.finished_alone;
    else
      ++counters_.resumed;
    const Ended resumed = Child(with_ranks(2, study_.run(name)), study_.folder()).wait();
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    const std::vector<std::string> after = study_.recorded(name);
    EXPECT_EQ(after.size(), kFits) << "a recorded fit was trained again, or one is missing";
    EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin())) << "a fit was lost";
    EXPECT_EQ(study_.report(name), expected_);
  }

  SmallStudy study_{number_from("CROSSFOLD_EPOCHS", 12)};
  std::mt19937 random_;
  double duration_s_ = 0;
  std::string expected_;
  Counters counters_;
};

TEST_F(Kills, LoseNoRecordedFitAndChangeNoTable) {
  const int kills = number_from("CROSSFOLD_KILLS", 6);
  const auto seed = static_cast<std::uint32_t>(number_from("CROSSFOLD_SEED", 1));
  random_.seed(seed);
  std::cout << "seed " << seed << ", " << kills << " kills; undisturbed " << duration_s_ << " s\n";
  int good = 0;
  for (int i = 0; i < kills; ++i) {
    const Strike strike = draw();
    SCOPED_TRACE("kill " + std::to_string(i) + ": " + describe(strike));
    const bool failed_before = HasFailure();
    const std::string name = "kill" + std::to_string(i);
    strike_and_resume(strike, name);
    if (failed_before == HasFailure()) ++good;
    std::cout << "kill " << i << ": " << describe(strike) << "\n" << std::flush;
    std::filesystem::remove_all(study_.out(name));
  }
  std::cout << good << " of " << counters_.strikes << " good; not all ranks there "
            << counters_.nobody << ", before any fit was recorded " << counters_.before_work
            << ", completed by survivors " << counters_.finished_alone << ", resumed "
            << counters_.resumed << "; longest from kill to end " << counters_.longest_s << " s\n";
}

}  // namespace
}  // namespace crossfold::test
