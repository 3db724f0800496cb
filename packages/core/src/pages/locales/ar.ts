import type { Messages } from '../../contract/pages/messages.ts'
import { inSecondsOrMinutes, JUST_NOW } from './time.ts'

const plural = new Intl.PluralRules('ar')
const nouns = {
  second: { one: 'ثانية واحدة', two: 'ثانيتين', few: 'ثوانٍ', other: 'ثانية' },
  minute: { one: 'دقيقة واحدة', two: 'دقيقتين', few: 'دقائق', other: 'دقيقة' },
} as const

/** A duration after a preposition. `Intl` is not used: its word for the future, خلال, means "within". */
function duration(seconds: number, round: (minutes: number) => number): string {
  const { value, unit } = inSecondsOrMinutes(seconds, round)
  const category = plural.select(value)
  if (category === 'one' || category === 'two') return nouns[unit][category]
  return `${value} ${nouns[unit][category === 'few' ? 'few' : 'other']}`
}

/** The Arabic texts. */
export const arabic: Messages = {
  language: 'ar',
  direction: 'rtl',
  signInTitle: 'سجّل الدخول أولًا',
  signInText: 'سجّل الدخول إلى حسابك، ثم عُد إلى هذه الصفحة لتوصيل جهازك.',
  signInLink: 'تسجيل الدخول',
  enterTitle: 'توصيل جهاز',
  enterLabel: 'الرمز الظاهر على جهازك',
  enterHint: 'لا حاجة إلى الشرطة.',
  continue: 'متابعة',
  signedInAs: 'مسجّل الدخول باسم',
  switchAccount: 'لست أنت؟ بدّل الحساب',
  notices: {
    unknownCode: 'هذا الرمز غير صالح. انظر إلى جهازك مجددًا: ربما انتهت صلاحية الرمز أو استُخدم من قبل.',
    missingCode: 'اكتب الرمز الظاهر على جهازك.',
    accountChanged: 'هذه الصفحة قديمة، أو أنك غيّرت الحساب. يُرجى المحاولة مرة أخرى.',
    typeCode: 'أدخل الرمز بنفسك كما يظهر على جهازك.',
  },
  confirmNotices: {
    notTicked: 'ضع علامة في المربع أولًا إذا كنت قد بدأت تسجيل الدخول هذا على جهازك.',
    tooSoon: 'كان ذلك سريعًا جدًا. اقرأ الصفحة ثم أجب.',
  },
  confirmTitle: 'هل تريد توصيل هذا الجهاز؟',
  confirmCompare: 'هل هذا هو الرمز الظاهر على جهازك؟',
  declineIfSent: 'إذا أرسل إليك أحد هذا الرمز، فارفض.',
  client: 'التطبيق',
  account: 'حسابك',
  scopes: 'سيتمكن التطبيق من',
  noScopes: 'معرفة هويتك',
  device: 'الجهاز',
  bindingMessage: 'الرسالة',
  deviceWords: 'هذه كلمات الجهاز، لا كلماتنا. يجب أن تظهر الكلمات نفسها على شاشته.',
  askedFrom: 'جاء الطلب من',
  asked: 'وقت الطلب',
  age: (seconds) => (seconds < JUST_NOW ? 'الآن' : `قبل ${duration(seconds, Math.round)}`),
  unverifiedClient: 'لا يستطيع هذا التطبيق إثبات هويته.',
  privacyPolicy: 'سياسة الخصوصية',
  terms: 'شروط الخدمة',
  attestedBy: 'تضمن الشركة المصنعة هذا الجهاز:',
  unverifiedRequester: 'كما يقول الجهاز؛ لم يُتحقق منه.',
  knownDevice: (date) => `لقد وافقت على هذا الجهاز في ${date}.`,
  knownDeviceAsksForMore: 'وهو يطلب الآن أكثر مما سمحت له به.',
  warnings: {
    sameDevice: 'جاء الطلب من المتصفح الذي تستخدمه الآن. هل قصدت توصيل جهاز آخر؟',
    otherNetwork: 'الجهاز متصل بشبكة غير شبكتك. هل هو أمامك حقًا؟',
    otherCountry: 'يبدو أن الجهاز في بلد آخر. إذا لم تبدأ ذلك بنفسك، فارفض.',
    maybeSameDevice: 'ربما جاء الطلب من الجهاز الذي تستخدمه الآن. هل قصدت توصيل جهاز آخر؟',
    unknownNetwork: 'لا يمكن لهذه الصفحة معرفة ما إذا كان الجهاز متصلًا بشبكتك. هل هو أمامك حقًا؟',
    unknownCountry: 'لا يمكن لهذه الصفحة معرفة ما إذا كان الجهاز في بلدك. إذا لم تبدأ ذلك بنفسك، فارفض.',
    old: 'أرسل الجهاز هذا الطلب قبل بضع دقائق. هل ما زال الرمز ظاهرًا على شاشته؟',
  },
  ownDevice: 'بدأت تسجيل الدخول هذا بنفسي على الجهاز الذي أمامي.',
  decline: 'رفض',
  approve: 'موافقة',
  doneTitle: 'تم توصيل الجهاز',
  doneText: 'عُد إلى جهازك: سيتابع من تلقاء نفسه. يمكنك إغلاق هذه الصفحة.',
  numberTitle: 'خطوة أخيرة',
  numberText: 'اكتب هذا الرقم على جهازك لإتمام العملية:',
  deniedTitle: 'تم الرفض',
  deniedText: 'لم يُوصَّل الجهاز. إذا أردت البدء من جديد، فعُد إلى جهازك. يمكنك إغلاق هذه الصفحة.',
  errors: {
    invalidRequest: { title: 'لم ينجح ذلك', text: 'أرسلت الصفحة شيئًا غير مفهوم. ابدأ من جديد من جهازك.' },
    crossOrigin: { title: 'لا يمكن ذلك من هنا', text: 'جاء هذا الطلب من موقع آخر، لذلك لم يتغير شيء.' },
    alreadyAnswered: { title: 'سبقت الإجابة', text: 'أُجيب عن هذا الطلب من قبل. لم يتغير شيء.' },
    notFound: {
      title: 'لم يعد صالحًا',
      text: 'هذا الرمز غير صالح. ربما انتهت صلاحيته أو استُخدم من قبل. ابدأ من جديد على جهازك.',
    },
    limited: { title: 'محاولات كثيرة جدًا', text: 'جُرِّبت رموز كثيرة جدًا، أو وُصِّلت أجهزة كثيرة جدًا.' },
    refused: {
      title: 'لا يمكن ذلك من هنا',
      text: 'لا يمكنك الموافقة على هذا الطلب من مكانك. إذا لم تبدأه بنفسك، فارجع وارفضه.',
    },
    refusedNetwork: {
      title: 'لا يمكن ذلك من هنا',
      text: 'لا يمكن الموافقة على هذا الطلب إلا من الشبكة التي يتصل بها جهازك. إذا بدأته بنفسك، فاتصل بتلك الشبكة دون شبكة افتراضية خاصة أو بيانات الهاتف، ثم ارجع وحاول مرة أخرى. إذا أرسل إليك شخص ما الرمز، فارجع وارفض.',
    },
    unavailable: {
      title: 'حاول مرة أخرى',
      text: 'الخادم مشغول. إذا كنت قد أجبت للتو، فانظر إلى جهازك أولًا: ربما نجح الأمر.',
    },
    failed: {
      title: 'حدث خطأ ما',
      text: 'تعطّل الخادم. إذا كنت قد أجبت للتو، فانظر إلى جهازك أولًا: ربما نجح الأمر.',
    },
  },
  retryAfter: (seconds) => `حاول مرة أخرى بعد ${duration(seconds, Math.ceil)}.`,
  startAgain: 'إدخال رمز',
  devices: {
    title: 'أجهزتك',
    none: 'لا يوجد جهاز مسجّل الدخول إلى حسابك.',
    since: (date) => `سُجّل الدخول في ${date}`,
    lastUsed: (date) => `آخر استخدام في ${date}`,
    neverUsed: 'لم يُستخدم بعد',
    name: 'الاسم',
    rename: 'إعادة التسمية',
    signOut: 'تسجيل الخروج',
    signOutAll: 'تسجيل خروج كل الأجهزة',
    signOutAllText: 'ستحتاج إلى توصيل كل جهاز مذكور هنا من جديد.',
    connect: 'توصيل جهاز',
    newer: 'الأجهزة الأحدث',
    older: 'الأجهزة الأقدم',
    renamed: 'صار للجهاز اسم جديد.',
    signedOut: 'سُجّل خروج الجهاز.',
    signedOutAll: 'سُجّل خروج كل الأجهزة.',
    gone: 'ذلك الجهاز غير مسجّل الدخول إلى حسابك.',
  },
}
