import { Random } from "../../server/ml/onnx/random.ts";
import { commonPrompts, type EmojiPrompt } from "../demo/emoji.ts";

const list = (text: string) =>
  text
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== "");

/**
 * What the embedded policy is trained to draw: common things that one recognises at 32 pixels and that look unlike each other.
 * No flags, clocks, keycaps, buttons and signs. Fewer prompts make better drawings: with 371 most were only rough shapes.
 */
const TRAINED = list(`
grinning face, beaming face with smiling eyes, face with tears of joy, slightly smiling face, winking face
smiling face with halo, smiling face with heart-eyes, face blowing a kiss, face with tongue, thinking face
zipper-mouth face, neutral face, sleeping face, face with medical mask, nauseated face, cowboy hat face
smiling face with sunglasses, nerd face, frowning face, face with open mouth, flushed face, loudly crying face
face screaming in fear, angry face, smiling face with horns, skull, pile of poo, clown face, ghost, alien
see-no-evil monkey, red heart, blue heart, green heart, broken heart
thumbs up, victory hand, OK hand, waving hand, raised fist, flexed biceps, ear, eyes
baby, boy, girl, man, woman, old man, Santa Claus
monkey face, dog face, wolf, fox, cat face, tiger face, horse face, cow face, pig face, elephant
mouse face, rabbit face, bat, koala, chicken, baby chick, penguin, duck, owl, turtle, snake
dragon face, spouting whale, tropical fish, blowfish, octopus, crab, snail, butterfly, honeybee
lady beetle, spider, bouquet, cherry blossom, rose, sunflower, tulip, evergreen tree
palm tree, cactus, four leaf clover, maple leaf, mushroom
grapes, watermelon, tangerine, lemon, banana, pineapple, red apple, pear, peach, cherries, strawberry
tomato, avocado, eggplant, carrot, ear of corn, hot pepper, bread, croissant, pancakes, cheese wedge
poultry leg, hamburger, french fries, pizza, hot dog, popcorn, rice ball, sushi
soft ice cream, doughnut, cookie, birthday cake, chocolate bar, candy, lollipop, glass of milk
hot beverage, wine glass, cocktail glass, beer mug
globe showing Americas, snow-capped mountain, volcano, house, tent, bus, ambulance
fire engine, police car, taxi, automobile, motorcycle, bicycle, vertical traffic light
stop sign, anchor, sailboat, airplane, helicopter, rocket, hourglass done, crescent moon, full moon, sun, star, cloud
cloud with rain, cloud with lightning, rainbow, umbrella with rain drops, high voltage, snowflake, snowman
fire, droplet
jack-o-lantern, Christmas tree, balloon, wrapped gift, trophy, sports medal, soccer ball, baseball
basketball, pool 8 ball, crystal ball, game die, spade suit
glasses, sunglasses, necktie, t-shirt, dress, backpack, high-heeled shoe, running shoe, crown, top hat
graduation cap, ring, gem stone, bell, musical note, microphone, guitar
mobile phone, telephone, desktop computer, television, camera, magnifying glass tilted left, candle
light bulb, closed book, money bag, envelope, pencil, scissors, locked, key, hammer, bomb
gear, pill
`);

/** Never trained on in any style, and close to what was: what the policy can make of a new prompt. */
const UNSEEN = list(`
grinning face with big eyes, grinning face with smiling eyes, smiling face with smiling eyes, smiling face
grinning squinting face, kissing face, winking face with tongue, squinting face with tongue, expressionless face
angry face with horns, frowning face with open mouth, crying face, sleepy face, face without mouth, astonished face
yellow heart, purple heart, black heart, heart suit, thumbs down, raised hand, old woman, Mrs. Claus
cat, dog, tiger, leopard, cow, pig, mouse, rabbit, rooster, front-facing baby chick, whale, fish, monkey
green apple, blossom, white flower, shamrock, clinking beer mugs, oncoming bus, oncoming taxi, oncoming automobile
house with garden, umbrella, cloud with snow, snowman without snow, glowing star, blue book
`);

/** Groups of Unicode that show things: what is in none of them is a sign. */
const DRAWN = new Set([
  "Smileys & Emotion",
  "People & Body",
  "Animals & Nature",
  "Food & Drink",
  "Travel & Places",
  "Activities",
  "Objects",
]);

export interface PretrainingPrompts {
  /** drawn in every style of the mix */
  readonly trained: EmojiPrompt[];
  /** held back whole, for the contact sheet */
  readonly unseen: EmojiPrompt[];
  /**
   * Drawn things that pretraining saw in no style: the preferred style's drawings of these are the Preference Proxy Data of
   * the demo. Clock faces are left out: 24 of one drawing.
   */
  readonly proxy: EmojiPrompt[];
}

/** @throws RangeError on a name that not all vendors draw, or that is in both lists */
export function pretrainingPrompts(): PretrainingPrompts {
  const common = new Map(commonPrompts().map((prompt) => [prompt.text, prompt]));
  const find = (name: string) => {
    const prompt = common.get(name);
    if (!prompt) throw new RangeError(`No drawing in every style: "${name}"`);
    return prompt;
  };
  const trained = new Set(TRAINED);
  const both = UNSEEN.filter((name) => trained.has(name));
  if (both.length > 0) throw new RangeError(`Trained and unseen at once: ${both.join(", ")}`);
  return {
    trained: [...trained].map(find),
    unseen: UNSEEN.map(find),
    proxy: [...common.values()].filter(
      ({ text, group }) => !trained.has(text) && DRAWN.has(group) && !/o’clock|-thirty$/.test(text),
    ),
  };
}

/** So many prompts of a set in a fixed random order, for contact sheets. */
export function sheetPrompts(set: "trained" | "unseen", count: number): string[] {
  const all = pretrainingPrompts()[set];
  return [...new Random(20260).permutation(all.length)].slice(0, count).map((i) => all[i]?.text ?? "");
}
